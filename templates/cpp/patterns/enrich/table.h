// The table: what to look up, and the JSON to add.
#pragma once

#include <map>
#include <string_view>

inline const std::map<std::string_view, std::string_view> table = {
    {"DE", R"({"name":"Germany","currency":"EUR"})"},
    {"ES", R"({"name":"Spain","currency":"EUR"})"},
    {"FR", R"({"name":"France","currency":"EUR"})"},
    {"IT", R"({"name":"Italy","currency":"EUR"})"},
    {"JP", R"({"name":"Japan","currency":"JPY"})"},
    {"US", R"({"name":"United States","currency":"USD"})"},
};
