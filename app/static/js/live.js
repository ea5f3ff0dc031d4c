// Pages that move by themselves: seconds that count down, numbers that count up to their new value, ids to copy,
// the total of a resend. Everything here is there without scripts, too, only still.
(() => {
  "use strict";

  const COUNT_MS = 700;
  const known = new Map();
  const grouped = new Intl.NumberFormat("en-GB");
  const isStill = window.matchMedia("(prefers-reduced-motion: reduce)");

  // ---- numbers
  function countUp(element) {
    const key = element.dataset.countKey;
    const goal = Number(element.dataset.count);
    const from = known.get(key) ?? goal;
    known.set(key, goal);
    if (from === goal || isStill.matches) return;
    const begun = performance.now();
    const step = (at) => {
      if (!element.isConnected) return;
      const share = Math.min(1, (at - begun) / COUNT_MS);
      element.textContent = grouped.format(Math.round(from + (goal - from) * (1 - (1 - share) ** 3)));
      if (share < 1) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  const countAll = (root) => root.querySelectorAll?.("[data-count]").forEach(countUp);

  // ---- seconds
  function tick() {
    for (const element of document.querySelectorAll("[data-countdown]")) {
      const seconds = Math.max(0, Math.ceil((Date.parse(element.dataset.countdown) - Date.now()) / 1000));
      element.textContent = seconds;
    }
  }

  // ---- ids to copy
  async function copyFrom(link) {
    const answer = await fetch(link.dataset.copyFrom);
    const ids = (await answer.text()).trim();
    await navigator.clipboard.writeText(ids);
    const count = ids ? ids.split("\n").length : 0;
    const words = `${grouped.format(count)} ${count === 1 ? "ID" : "IDs"} copied.`;
    document.dispatchEvent(new CustomEvent("toasts", { detail: { all: [{ text: words, kind: "success" }] } }));
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-copy-from]");
    if (link && navigator.clipboard) {
      event.preventDefault();
      copyFrom(link);
    }
    if (event.target.closest("[data-print]")) window.print();
  });

  // ---- the totals of a resend, by each way that it can go
  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-resend]");
    if (!form) return;
    const ticked = [...form.querySelectorAll("[data-by-email]:checked")];
    for (const button of form.querySelectorAll("[data-counts]")) {
      const total = ticked.reduce((sum, box) => sum + Number(box.getAttribute(`data-by-${button.value}`)), 0);
      button.querySelector("[data-people]").textContent = `${grouped.format(total)} ${total === 1 ? "person" : "people"}`;
      button.disabled = total === 0;
      if (!button.dataset.askTitle) continue;
      button.dataset.askWord = button.textContent.replace(/\s+/g, " ").trim();
      button.dataset.askTitle = `${button.dataset.askWord}?`;
    }
  });

  // ---- the people, who follow the counts above them: on the first page, while nobody is typing or reading a page further on
  const FOLLOW_MS = 4000;
  let followed = null;
  let following = 0;

  function standing() {
    const live = document.getElementById("sendout-live");
    return live && [...live.querySelectorAll("[data-count]")].map((each) => each.dataset.count).join();
  }

  function followCounts() {
    const now = standing();
    if (now === null || now === followed || following) return;
    if (followed === null) {
      followed = now;
      return;
    }
    following = setTimeout(() => {
      following = 0;
      followed = standing();
      const people = document.getElementById("recipients");
      if (!people || people.contains(document.activeElement) || location.search.includes("after=")) return;
      document.querySelectorAll("[data-follows]").forEach((each) => htmx.ajax("GET", each.dataset.follows, { source: each, target: each, swap: "outerHTML" }));
    }, FOLLOW_MS);
  }

  document.addEventListener("htmx:load", (event) => {
    countAll(event.detail.elt);
    followCounts();
  });
  countAll(document);
  followCounts();
  tick();
  setInterval(tick, 1000);
})();
