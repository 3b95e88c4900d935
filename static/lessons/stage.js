// Goes through the steps of the stage without loading the page again: by buttons, arrow keys and the slider.
// All steps are in the page; what each part has in data-shown, data-now and data-running are the steps at which it is
// shown, told of, or running: "3-9 12". Without this file the links and the form load one step after the other.
"use strict";

(() => {
  const stage = document.getElementById("stage");
  const slider = stage.querySelector("[type=range]");
  const sentences = [...stage.querySelectorAll(".stage-sentence")];
  const last = sentences.length;
  let here = Number(slider.value);

  function steps(text) {
    const found = new Set();
    for (const part of text.split(" ")) {
      const [first, end] = part.split("-").map(Number);
      for (let step = first; step <= (end ?? first); step += 1) found.add(step);
    }
    return found;
  }

  const parts = (name) =>
    [...stage.querySelectorAll(`[data-${name}]`)].map((part) => [part, steps(part.dataset[name])]);
  const shown = parts("shown");
  const now = parts("now");
  const running = parts("running");

  // Scrolls a panel, and never the page, to what the step is about.
  function reveal(panel) {
    const part = [...panel.querySelectorAll(".now")].find((each) => each.offsetParent);
    if (!part) {
      if (here === last) panel.scrollTop = panel.scrollHeight; // the end of the tree, with all that came of it
      return;
    }
    for (const box of [part.closest("pre"), panel]) {
      if (!box || !panel.contains(box)) continue;
      const { top, bottom } = part.getBoundingClientRect();
      const view = box.getBoundingClientRect();
      if (top < view.top || bottom > view.bottom) {
        box.scrollTop += top - view.top - (view.height - (bottom - top)) / 2;
      }
    }
  }

  function link(direction) {
    const target = here + direction;
    for (const button of stage.querySelectorAll(`[data-go="${direction}"]`)) {
      const leads = target >= 1 && target <= last;
      if (leads) button.href = `?step=${target}#stage`;
      else button.removeAttribute("href");
      button.toggleAttribute("aria-disabled", !leads);
      if (!leads) button.setAttribute("aria-disabled", "true");
    }
  }

  function show(step) {
    here = Math.min(Math.max(step, 1), last);
    for (const [part, at] of shown) part.hidden = !at.has(here);
    for (const [part, at] of now) {
      part.classList.toggle("now", at.has(here));
      if (at.has(here)) part.setAttribute("aria-current", "step");
      else part.removeAttribute("aria-current");
    }
    for (const [part, at] of running) part.classList.toggle("running", at.has(here));
    slider.value = here;
    slider.setAttribute("aria-valuetext", sentences[here - 1].querySelector("h2").textContent.trim().replace(/\s+/g, " "));
    link(-1);
    link(1);
    for (const panel of stage.querySelectorAll("[data-scroll]")) reveal(panel);
    history.replaceState(null, "", `?step=${here}`);
  }

  for (const button of stage.querySelectorAll("[data-go]")) {
    button.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      show(here + Number(button.dataset.go));
      // A link without an address can't keep the focus: the other one takes it.
      if (!button.href) stage.querySelector("[data-go][href]").focus();
    });
  }
  // They are buttons to whoever sees them: the space bar presses them, as it does a button.
  for (const button of stage.querySelectorAll("[data-go]")) {
    button.addEventListener("keydown", (event) => {
      if (event.key !== " " || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      if (button.href) button.click();
    });
  }
  slider.addEventListener("input", () => show(Number(slider.value)));
  document.addEventListener("keydown", (event) => {
    const direction = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!direction || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    // These move in the field, or scroll the code.
    if (event.target.closest("input, textarea, select, pre")) return;
    event.preventDefault();
    show(here + direction);
  });
  stage.querySelector("[type=submit]").hidden = true;
  stage.querySelector(".stage-keys").hidden = false;
  show(here);
})();
