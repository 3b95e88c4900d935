// The theme of the inspector's pages: as the site around them stores it ("light", "dark" or "auto" under the key
// "theme"), else as the system wishes. Loaded in <head> without "defer", so that the first paint has the right theme.
"use strict";

(() => {
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  function show() {
    let choice = null;
    try {
      choice = localStorage.getItem("theme"); // throws where the browser blocks stored data
    } catch {}
    if (choice !== "light" && choice !== "dark") choice = system.matches ? "dark" : "light";
    document.documentElement.dataset.bsTheme = choice;
  }

  show();
  system.addEventListener("change", show);
  window.addEventListener("storage", show); // another tab of this site has chosen
})();
