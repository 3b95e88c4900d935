// What the inspector's pages do beyond HTML: the list of traces grows by itself. All of them work without this file.
"use strict";

(() => {
  const PAUSE = 2000; // milliseconds between two questions; only a page that is seen asks

  function follow(live) {
    const button = live.querySelector("button");
    const status = live.querySelector("[role=status]");
    const table = document.querySelector(".traces");
    const body = table.tBodies[0];
    const empty = document.querySelector(".empty");
    const silent = document.querySelector("[data-silent]");
    let on = true;

    const find = (trace) => [...body.rows].find((row) => row.dataset.trace === trace);

    // Put into a row what a newer one tells of work; what is chosen there stays so.
    function renew(known, row) {
      const parts = row.querySelector(".parts");
      const older = known.querySelector(".parts");
      if (older) older.replaceWith(parts);
      else known.querySelector("th").append(parts);
      known.classList.add("new");
      row.remove();
    }

    async function ask() {
      const query = new URLSearchParams(location.search);
      query.set("seen", live.dataset.seen);
      const answer = await fetch(`${live.dataset.live}?${query}`, { credentials: "same-origin", redirect: "error" });
      if (answer.status !== 200) return;
      const news = await answer.json();
      live.dataset.seen = news.newest;
      if (silent) silent.textContent = (news.all ? 0 : Number(silent.textContent)) + news.silent;
      if (news.all) body.replaceChildren();
      if (!news.number) return;
      const rows = document.createElement("template");
      rows.innerHTML = news.rows; // the server has escaped what is not its own
      for (const row of rows.content.querySelectorAll("tr")) {
        row.classList.add("new");
        for (const { dataset } of row.querySelectorAll("[data-part]")) find(dataset.part)?.remove(); // it came first
        const known = find(row.dataset.trace);
        if (known) renew(known, row); // something was done since of what it had left for later
      }
      body.prepend(rows.content);
      while (body.rows.length > Number(live.dataset.most)) body.lastElementChild.remove();
      table.hidden = false;
      empty.hidden = true;
      status.textContent = news.message;
    }

    async function keepAsking() {
      try {
        if (on && !document.hidden) await ask();
      } catch {} // the server is restarting, maybe: ask again
      setTimeout(keepAsking, PAUSE);
    }

    button.hidden = false;
    button.addEventListener("click", () => {
      on = !on;
      button.setAttribute("aria-pressed", String(on));
    });
    setTimeout(keepAsking, PAUSE);
  }

  // How long ago something was, in the words of the server, as time goes by.
  function age() {
    const words = new Intl.RelativeTimeFormat(document.documentElement.lang || "en");
    const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
    setInterval(() => {
      for (const time of document.querySelectorAll("time[data-ago]")) {
        const seconds = Math.max(0, Math.round((Date.now() - new Date(time.dateTime)) / 1000));
        const [unit, size] = units.find(([, size]) => seconds >= size) ?? ["second", 1];
        time.textContent = words.format(-Math.floor(seconds / size), unit);
      }
    }, 10000);
  }

  age();
  for (const live of document.querySelectorAll("[data-live]")) follow(live);
})();
