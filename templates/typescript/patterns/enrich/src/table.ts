// The table: what to look up, and what to add.
export const table = {
  DE: { name: "Germany", currency: "EUR" },
  ES: { name: "Spain", currency: "EUR" },
  FR: { name: "France", currency: "EUR" },
  IT: { name: "Italy", currency: "EUR" },
  JP: { name: "Japan", currency: "JPY" },
  US: { name: "United States", currency: "USD" },
};
