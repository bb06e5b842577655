// Data tables: sorted and paged on the page alone, as in Slack; the app hears nothing of it.

const states = new WeakMap(); // table -> {page, column, direction}

const stateOf = (table) => {
  if (!states.has(table)) states.set(table, { page: 0, column: null, direction: 1 });
  return states.get(table);
};

// Also after every change of the page, which brings the rows back in the app's order.
export function layTablesOut() {
  document.querySelectorAll("table.data-table").forEach(layOut);
}

function layOut(table) {
  const { column, direction } = stateOf(table);
  const rows = [...table.tBodies[0].rows];
  const inOrder = (a, b) =>
    column === null ? a.dataset.number - b.dataset.number : direction * compared(a.cells[column], b.cells[column]);
  table.tBodies[0].append(...rows.sort(inOrder));
  [...table.tHead.rows[0].cells].forEach((head, number) => {
    head.setAttribute("aria-sort", number !== column ? "none" : direction > 0 ? "ascending" : "descending");
  });
  showPage(table, rows);
}

function showPage(table, rows) {
  const size = Number(table.dataset.pageSize);
  const pages = Math.max(1, Math.ceil(rows.length / size));
  const state = stateOf(table);
  state.page = Math.min(state.page, pages - 1);
  rows.forEach((row, at) => (row.hidden = Math.floor(at / size) !== state.page));
  const pager = table.closest(".block").querySelector(".pager");
  pager.hidden = pages === 1;
  pager.querySelector("span").textContent = `Page ${state.page + 1} of ${pages}`;
  const [back, forth] = pager.querySelectorAll("button");
  back.disabled = state.page === 0;
  forth.disabled = state.page === pages - 1;
}

function compared(one, other) {
  if (one.dataset.sort && other.dataset.sort) return one.dataset.sort - other.dataset.sort;
  return one.textContent.localeCompare(other.textContent, undefined, { numeric: true });
}

export function sortBy(button) {
  const table = button.closest("table");
  const state = stateOf(table);
  const column = button.closest("th").cellIndex;
  state.direction = state.column === column ? -state.direction : 1;
  Object.assign(state, { column, page: 0 });
  layOut(table);
}

export function turnPage(button) {
  const table = button.closest(".block").querySelector("table");
  stateOf(table).page += Number(button.dataset.step);
  layOut(table);
}
