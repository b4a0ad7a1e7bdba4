/* The table: what to look up, and the JSON to add. */
static const struct {
  const char *name, *value;
} table[] = {
    {"DE", "{\"name\":\"Germany\",\"currency\":\"EUR\"}"},
    {"ES", "{\"name\":\"Spain\",\"currency\":\"EUR\"}"},
    {"FR", "{\"name\":\"France\",\"currency\":\"EUR\"}"},
    {"IT", "{\"name\":\"Italy\",\"currency\":\"EUR\"}"},
    {"JP", "{\"name\":\"Japan\",\"currency\":\"JPY\"}"},
    {"US", "{\"name\":\"United States\",\"currency\":\"USD\"}"},
};
