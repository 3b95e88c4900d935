// The page of a trace: what a line or a branch holds is fetched when it is opened, and arrow keys go through the lines.
// Without this file each of them is a link to a page.
"use strict";

(() => {
  const LINES = ".tree summary.row";

  // A <details> that holds nothing but a link is filled with what the link leads to.
  async function fill(details) {
    const link = details.querySelector(":scope > .load > a");
    if (!link || link.dataset.asked) return;
    link.dataset.asked = "yes";
    const address = new URL(link.href);
    address.searchParams.set("part", "1");
    try {
      const answer = await fetch(address, { credentials: "same-origin", redirect: "error" });
      if (!answer.ok) throw new Error(answer.status);
      const part = document.createElement("template");
      part.innerHTML = await answer.text(); // the server has escaped what is not its own
      link.parentElement.replaceWith(part.content);
    } catch {
      delete link.dataset.asked; // the link stays, and leads to a page that says what is wrong
    }
  }

  const isShown = (element) => element.getClientRects().length > 0;

  function goTo(line, step) {
    const lines = [...document.querySelectorAll(LINES)].filter(isShown);
    lines[lines.indexOf(line) + step]?.focus();
  }

  // To the right: into the branch, which is opened; to the left: it is closed, or back to the line that it is in.
  function turn(line, open) {
    const item = line.closest("li");
    const branch = item.querySelector(":scope > .branch");
    if (branch && branch.open !== open) branch.open = open;
    else if (open && branch) goTo(line, 1);
    else if (!open) item.parentElement.closest("li")?.querySelector(":scope > .line > summary")?.focus();
  }

  const KEYS = {
    ArrowDown: (line) => goTo(line, 1),
    ArrowUp: (line) => goTo(line, -1),
    ArrowRight: (line) => turn(line, true),
    ArrowLeft: (line) => turn(line, false),
  };

  // What receivers have left for later: what is new of it takes the place of what was shown, while anything waits.
  const SECONDS = 2; // between two questions; only a page that is seen asks
  const MOST = 60; // after many answers of nothing new it asks less often

  // What somebody has opened stays open: an attempt that is as it was stays in its place.
  function renew(old, fresh) {
    const text = (item) => item?.querySelector(".row").textContent;
    [...fresh.children].forEach((item, place) => {
      const before = old.children[place];
      if (text(before) === text(item)) return;
      if (before) before.replaceWith(item);
      else old.append(item);
    });
    while (old.children.length > fresh.dataset.size) old.lastElementChild.remove();
    old.dataset.state = fresh.dataset.state;
    old.toggleAttribute("data-open", fresh.hasAttribute("data-open"));
  }

  async function follow(address, seen, times) {
    if (!document.querySelector("[data-later][data-open]")) return;
    try {
      const answer = document.hidden ? null : await fetch(`${address}?seen=${seen}`, { redirect: "error" });
      if (answer?.status === 200) {
        const news = await answer.json();
        const part = document.createElement("template");
        part.innerHTML = news.parts; // the server has escaped what is not its own
        for (const fresh of part.content.querySelectorAll("[data-later]")) {
          const old = document.querySelector(`[data-later="${CSS.escape(fresh.dataset.later)}"]`);
          if (old && old.dataset.state !== fresh.dataset.state) renew(old, fresh);
        }
        [seen, times] = [news.seen, 0];
      }
    } catch {} // the server is restarting, maybe: ask again
    setTimeout(follow, SECONDS * (times > MOST ? 10 : 1) * 1000, address, seen, times + 1);
  }

  const waiting = document.querySelector("[data-follow]");
  if (waiting) follow(waiting.dataset.follow, "", 0);

  // "toggle" does not bubble.
  document.addEventListener("toggle", (event) => event.target.open && fill(event.target), true);
  document.addEventListener("keydown", (event) => {
    if (!(event.key in KEYS) || !event.target.matches(LINES) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    KEYS[event.key](event.target);
  });
})();
