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

  // "toggle" does not bubble.
  document.addEventListener("toggle", (event) => event.target.open && fill(event.target), true);
  document.addEventListener("keydown", (event) => {
    if (!(event.key in KEYS) || !event.target.matches(LINES) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    KEYS[event.key](event.target);
  });
})();
