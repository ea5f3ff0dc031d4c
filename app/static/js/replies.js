// Keys for Replies: J and K go through the queue, R answers, E is done. They do nothing while somebody types.
(() => {
  "use strict";

  const typing = (element) => element.closest?.("input, textarea, select, [contenteditable]");

  function go(step) {
    const rows = [...document.querySelectorAll("[data-conversation]")];
    const here = rows.findIndex((row) => row.getAttribute("aria-current"));
    const next = rows[here === -1 ? 0 : here + step];
    next?.click();
  }

  const keys = {
    j: () => go(1),
    k: () => go(-1),
    r: () => document.querySelector("[data-answer]")?.focus(),
    e: () => document.querySelector("[data-done] button")?.click(),
  };

  document.addEventListener("keydown", (event) => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!document.querySelector(".replies") || !isPlain || typing(event.target) || document.querySelector("dialog[open]")) return;
    const act = keys[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });
})();
