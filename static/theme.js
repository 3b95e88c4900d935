// Chooses the light or the dark theme: as the system wishes, or as the visitor has chosen on this device.
// Loaded in <head> without "defer", so that the first paint has the right theme. Where it does not run, site.css
// follows the system by itself.
"use strict";

(() => {
  const KEY = "theme";
  const CHOICES = ["auto", "light", "dark"];
  const root = document.documentElement;
  const systemDark = window.matchMedia("(prefers-color-scheme: dark)");

  // Reading or writing localStorage throws where the browser blocks stored data: the choice then lasts for one page.
  let choice = "auto";
  try {
    choice = localStorage.getItem(KEY);
  } catch {}

  function show() {
    if (!CHOICES.includes(choice)) choice = "auto";
    const dark = choice === "dark" || (choice === "auto" && systemDark.matches);
    root.dataset.bsTheme = dark ? "dark" : "light";
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === choice));
    }
  }

  function choose(newChoice) {
    choice = newChoice;
    show();
    try {
      localStorage.setItem(KEY, choice);
    } catch {}
  }

  root.classList.add("js");
  show();
  systemDark.addEventListener("change", show);

  // Another tab of this site changed the choice.
  window.addEventListener("storage", (event) => {
    if (event.key === KEY || event.key === null) {
      choice = event.newValue;
      show();
    }
  });

  document.addEventListener("DOMContentLoaded", () => {
    show();
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.addEventListener("click", () => choose(button.dataset.themeChoice));
    }
  });
})();
