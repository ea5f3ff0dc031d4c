// Where a page is looked at from. With scripts on, the next page comes into the body of the one before it, so nothing of this
// happens by itself: a new page opens at its top and is announced by its heading, what stays on its page stays where it is
// (a button that does something, a tab), a form sent back shows its first mistake, and Back finds the place that was left.
(() => {
  "use strict";

  const places = new Map();
  const here = () => location.pathname + location.search;
  let shown = here();
  let isTravelling = false;
  let arriving = null;

  function isSamePlace(from, cause) {
    if (location.pathname !== from) return false;
    const link = cause?.closest?.("a[href]");
    return !link || Boolean(link.closest(".tabs"));
  }

  // The keyboard and a screen reader go on at the heading, unless the page itself says where.
  function announce() {
    const isTaken = document.activeElement && document.activeElement !== document.body;
    if (isTaken || document.querySelector("[autofocus]")) return;
    const heading = document.querySelector("main h1") ?? document.getElementById("main");
    heading?.setAttribute("tabindex", "-1");
    heading?.focus({ preventScroll: true });
  }

  function open({ from, cause, isSentBack, anchor }) {
    const mistake = isSentBack && document.querySelector("main [aria-invalid=true]");
    if (mistake) {
      mistake.scrollIntoView({ block: "center" });
      mistake.focus({ preventScroll: true });
      return;
    }
    if (!anchor && (isSentBack || !isSamePlace(from, cause))) window.scrollTo(0, 0);
    announce();
  }

  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target !== document.body || !detail.shouldSwap) return;
    arriving = { from: location.pathname, cause: detail.elt, isSentBack: detail.xhr.status >= 400, anchor: detail.pathInfo.anchor };
  });
  document.addEventListener("htmx:afterSwap", () => {
    if (!arriving) return;
    const arrival = arriving;
    arriving = null;
    shown = here();
    open(arrival);
  });
  document.addEventListener("htmx:pushedIntoHistory", () => {
    if (!arriving) shown = here();
  });

  // ---- the tab that one is on, where a phone has no room for all of them: the strip moves, the page does not
  function showTab(tab) {
    const strip = tab.parentElement;
    const [inner, outer] = [tab.getBoundingClientRect(), strip.getBoundingClientRect()];
    strip.scrollLeft += inner.left - outer.left - (strip.clientWidth - tab.offsetWidth) / 2;
  }
  document.addEventListener("htmx:load", ({ detail }) => detail.elt.querySelectorAll?.(".tabs > [aria-current]").forEach(showTab));

  // ---- Back and Forward: the page is fetched anew, and until it is there the browser may move the one that goes.
  document.addEventListener("scroll", () => {
    if (!isTravelling) places.set(shown, window.scrollY);
  }, { passive: true });
  window.addEventListener("popstate", (event) => {
    isTravelling = Boolean(event.state?.htmx);
  });
  document.addEventListener("htmx:historyRestore", () => {
    shown = here();
    window.scrollTo(0, places.get(shown) ?? 0);
    isTravelling = false;
    announce();
  });
  document.addEventListener("htmx:historyCacheMissLoadError", () => {
    shown = here();
    isTravelling = false;
  });
})();
