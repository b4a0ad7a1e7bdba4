// Keeps the page fresh while it is looked at. Without it everything works, once for each loading.
"use strict";
(() => {
  const PAGE_MS = 3000, LOG_MS = 2000, KEPT = 200;
  const button = document.getElementById("live");
  const log = document.getElementById("log");
  const parts = () => document.querySelectorAll("[data-live]");
  if (!parts().length && !log) return;
  let live = true;
  button.hidden = false;
  button.addEventListener("click", () => {
    live = !live;
    button.setAttribute("aria-pressed", String(live));
  });

  const every = (milliseconds, work) => {
    const turn = async () => {
      if (live && !document.hidden) {
        try { await work(); } catch { /* the host is away: what was there stays */ }
      }
      setTimeout(turn, milliseconds);
    };
    setTimeout(turn, milliseconds);
  };

  // What the server renders is put in place, part by part; never where the reader is.
  const refresh = async () => {
    const answer = await fetch(location.href, { headers: { accept: "text/html" }, redirect: "error" });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!live) return;
    for (const part of parts()) {
      const next = fresh.getElementById(part.id);
      const selection = getSelection();
      const read = part.contains(document.activeElement) || (!selection.isCollapsed && selection.containsNode(part, true));
      if (next && !read && next.outerHTML !== part.outerHTML) part.replaceWith(document.importNode(next, true));
    }
  };
  if (parts().length) every(PAGE_MS, refresh);

  const toEnd = () => { log.scrollTop = log.scrollHeight; };
  const follow = async () => {
    const { name, reading, after } = log.dataset;
    const query = new URLSearchParams({ name, reading, after });
    const answer = await fetch(`/ui/logs?${query}`, { redirect: "error" });
    if (!answer.ok || !live) return;
    const seen = await answer.json();
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 24;
    if (seen.anew) log.replaceChildren();
    for (const line of seen.lines) {
      const item = document.createElement("li");
      const time = document.createElement("time"), level = document.createElement("span"), text = document.createElement("bdi");
      item.className = line.level === "warn" ? "warn" : "info";
      level.className = "level";
      time.textContent = line.time;
      level.textContent = line.level;
      text.textContent = line.text;
      item.append(time, " ", level, " ", text);
      log.append(item);
    }
    while (log.childElementCount > KEPT) log.firstElementChild.remove();
    log.dataset.reading = seen.reading;
    log.dataset.after = seen.after;
    if (atEnd && seen.lines.length) toEnd();
  };
  if (log) {
    toEnd();
    every(LOG_MS, follow);
  }
})();
