// What the strip does beyond HTML: it opens the newest trace in place, follows new ones, and can be put aside.
// All of it works without this file, but for these three.
"use strict";

(() => {
  const PAUSE = 2000; // milliseconds between two questions; only a page that is seen asks
  const KEY = "signal-inspector-strip";

  const strip = document.querySelector(".signal-inspector-strip");
  const line = strip.querySelector(".signal-inspector-strip-line");
  const more = strip.querySelector("details");
  const glance = strip.querySelector("[data-glance-here]");
  const failed = strip.querySelector("[data-glance-failed]");
  const live = strip.querySelector("[data-live]");
  const hide = strip.querySelector("[data-hide]");

  // What somebody chose holds for this browser. Reading and writing throw where it keeps nothing: then for this page.
  const choice = { live: true, hidden: false };
  try {
    Object.assign(choice, JSON.parse(localStorage.getItem(KEY)));
  } catch {}

  function choose(values) {
    Object.assign(choice, values);
    try {
      localStorage.setItem(KEY, JSON.stringify(choice));
    } catch {}
    show();
  }

  function show() {
    live.setAttribute("aria-pressed", String(choice.live));
    hide.setAttribute("aria-expanded", String(!choice.hidden));
    strip.classList.toggle("signal-inspector-strip-aside", choice.hidden);
    for (const part of [line, more, live]) part.hidden = choice.hidden;
  }

  async function load() {
    const link = line.querySelector("[data-glance]");
    if (!link || !link.dataset.glance) return;
    try {
      const answer = await fetch(link.dataset.glance, { credentials: "same-origin", redirect: "error" });
      failed.hidden = answer.ok;
      const part = document.createElement("template");
      if (answer.ok) part.innerHTML = await answer.text(); // the server has escaped what is not its own
      glance.replaceChildren(part.content);
    } catch {
      failed.hidden = false;
    }
  }

  async function ask() {
    const query = new URLSearchParams({ seen: strip.dataset.seen });
    const answer = await fetch(`${strip.dataset.newest}?${query}`, { credentials: "same-origin", redirect: "error" });
    if (answer.status !== 200) return;
    const news = await answer.json();
    if (line.contains(document.activeElement)) return; // nobody's link is taken from under them
    strip.dataset.seen = news.seen;
    const part = document.createElement("template");
    part.innerHTML = news.line;
    line.replaceChildren(part.content);
    if (more.open) await load();
  }

  async function keepAsking() {
    try {
      if (choice.live && !choice.hidden && !document.hidden) await ask();
    } catch {} // the server is restarting, maybe: ask again
    setTimeout(keepAsking, PAUSE);
  }

  more.addEventListener("toggle", () => {
    if (more.open) load();
  });
  strip.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !more.open) return;
    more.open = false;
    more.querySelector("summary").focus();
  });
  live.addEventListener("click", () => choose({ live: !choice.live }));
  hide.addEventListener("click", () => choose({ hidden: !choice.hidden }));
  hide.hidden = false;
  show();
  if (strip.dataset.newest) setTimeout(keepAsking, PAUSE);
  else live.hidden = true;
})();
