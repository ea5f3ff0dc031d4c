// The doughnuts: each figure fetches its ring from the server and draws it with Plotly. The table beside it is its legend:
// a row lights its slice up, a slice its row, and both lead to the same people. Colours come from the style sheet.
(() => {
  "use strict";

  const CONFIG = { displayModeBar: false, responsive: true };
  const styles = getComputedStyle(document.documentElement);

  const colour = (status) => styles.getPropertyValue(`--status-${status.replaceAll("_", "-")}`).trim();
  const tableOf = (figure) => figure.parentElement.querySelector(".slices");
  const rowOf = (figure, status) => tableOf(figure).querySelector(`[data-status="${status}"]`);

  async function draw(figure) {
    const ring = figure.querySelector(".doughnut-ring");
    if (ring.dataset.standing === figure.dataset.standing) return;
    ring.dataset.standing = figure.dataset.standing;
    const answer = await fetch(figure.dataset.doughnut);
    if (!answer.ok || !ring.isConnected) return;
    const { data, layout } = await answer.json();
    const [pie] = data;
    pie.marker.colors = pie.customdata.map(colour);
    pie.hoverinfo = "none";
    delete pie.hovertemplate;
    layout.hovermode = "closest";
    const isNew = !ring.classList.contains("js-plotly-plot");
    if (isNew) ring.replaceChildren();
    await Plotly.react(ring, data, layout, CONFIG);
    ring.setAttribute("aria-hidden", "true");
    if (isNew) listen(ring);
  }

  function listen(ring) {
    const figure = () => ring.closest(".doughnut");
    const row = (event) => rowOf(figure(), event.points[0].customdata?.[0] ?? event.points[0].customdata);
    ring.on("plotly_hover", (event) => row(event)?.classList.add("is-lit"));
    ring.on("plotly_unhover", () => tableOf(figure()).querySelectorAll(".is-lit").forEach((lit) => lit.classList.remove("is-lit")));
    ring.on("plotly_click", (event) => row(event)?.querySelector("a")?.click());
  }

  function light(row, isLit) {
    const ring = row.closest(".chart")?.querySelector(".doughnut-ring.js-plotly-plot");
    if (!ring) return;
    const statuses = ring.data[0].customdata;
    ring.classList.toggle("has-lit", isLit && statuses.includes(row.dataset.status));
    for (const slice of ring.querySelectorAll(".slice")) {
      const point = slice.__data__;
      slice.classList.toggle("is-lit", isLit && statuses[point?.i] === row.dataset.status);
    }
  }

  for (const [name, isLit] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) {
    document.addEventListener(name, (event) => {
      const row = event.target.closest?.(".slice-row");
      if (row) light(row, isLit);
    });
  }
  document.addEventListener("script-ready", (event) => {
    if (event.target.matches(".doughnut")) draw(event.target);
  });
})();
