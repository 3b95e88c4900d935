// The graph fits its window, and zooms by buttons, keys and wheel. Without this file it has its full size, and scrolls.
"use strict";

(() => {
  const LEAST = 0.2;
  const READABLE = 0.5; // what would be smaller, as on a phone, keeps its full size at first
  const MOST = 3;
  const STEP = 1.25;

  const picture = document.querySelector(".picture");
  const tools = document.querySelector(".zoom");
  if (!picture) return;
  const svg = picture.querySelector("svg");
  const { width, height } = svg.viewBox.baseVal;
  let scale = 1;
  let untouched = true;

  // The point of the picture that is at x and y of the window stays there.
  function zoom(to, x = picture.clientWidth / 2, y = picture.clientHeight / 2) {
    const [left, top] = [(picture.scrollLeft + x) / scale, (picture.scrollTop + y) / scale];
    scale = Math.min(MOST, Math.max(LEAST, to));
    svg.setAttribute("width", width * scale);
    svg.setAttribute("height", height * scale);
    picture.scrollLeft = left * scale - x;
    picture.scrollTop = top * scale - y;
    tools.querySelector("output").textContent = `${Math.round(scale * 100)} %`;
  }

  function fitting() {
    return Math.min(1, picture.clientWidth / width, (innerHeight * 0.8) / height);
  }

  // All of it, else its width, so that one scrolls in one direction.
  function begin() {
    const readable = [fitting(), Math.min(1, picture.clientWidth / width)].find((each) => each >= READABLE);
    zoom(readable ?? 1, 0, 0);
  }

  function act(what) {
    untouched = false;
    zoom({ in: scale * STEP, out: scale / STEP, fit: fitting(), full: 1 }[what]);
  }

  const KEYS = { "+": "in", "=": "in", "-": "out", 0: "fit", 1: "full" };

  tools.hidden = false;
  for (const button of tools.querySelectorAll("button")) {
    button.addEventListener("click", () => act(button.dataset.zoom));
  }
  picture.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in KEYS)) return; // the browser's own zoom
    event.preventDefault();
    act(KEYS[event.key]);
  });
  picture.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
      event.preventDefault();
      const place = picture.getBoundingClientRect();
      untouched = false;
      zoom(scale * STEP ** -Math.sign(event.deltaY), event.clientX - place.left, event.clientY - place.top);
    },
    { passive: false },
  );
  addEventListener("resize", () => untouched && begin());
  begin();
})();
