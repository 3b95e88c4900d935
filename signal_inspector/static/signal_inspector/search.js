// The search over what is connected answers while somebody types. Without this file the form does the same by a request.
"use strict";

(() => {
  const FEW = 3; // signals: so many are unfolded, as the server does

  const field = document.querySelector("#filter-q");
  const status = document.querySelector("#found");
  let sections = document.querySelector(".sections");
  let unfolded = opened(); // before a search, to return to

  function opened() {
    return new Set([...sections.querySelectorAll("details")].filter((part) => part.open));
  }

  // A page that was asked for with a word has what fits that word alone: get the rest before another word is looked for.
  async function complete() {
    if (!sections.dataset.narrowed) return;
    const query = new URLSearchParams(location.search);
    query.delete("q");
    const answer = await fetch(`?${query}`, { credentials: "same-origin", redirect: "error" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const whole = page.querySelector(".sections");
    sections.replaceWith(whole);
    sections = whole;
    unfolded = opened();
  }

  function show() {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const signals = [...sections.querySelectorAll(".signal-card")];
    const found = signals.filter((signal) => words.every((word) => signal.dataset.names.includes(word)));
    for (const signal of signals) {
      signal.hidden = !found.includes(signal);
      signal.open = words.length ? found.length <= FEW : unfolded.has(signal);
      for (const receiver of signal.querySelectorAll("[data-name]")) {
        receiver.classList.toggle("hit", words.some((word) => receiver.dataset.name.includes(word)));
      }
    }
    for (const section of sections.querySelectorAll(".section")) {
      section.hidden = !section.querySelector(".signal-card:not([hidden])");
      section.open = words.length ? true : unfolded.has(section);
      section.querySelector("summary .quiet").hidden = words.length > 0; // the number of all
    }
    sections.querySelector(":scope > .empty").hidden = found.length > 0;
    const told = found.length === 1 ? status.dataset.one : status.dataset.many.replace("{}", found.length);
    status.textContent = words.length && found.length ? told : "";
  }

  if (sections.dataset.narrowed) show(); // marks what was found
  let asked = Promise.resolve();
  field.addEventListener("input", () => {
    asked = asked.then(complete).then(show, () => field.form.submit());
  });
})();
