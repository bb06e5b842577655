// Keeps the page steady under a person's hands: it is not drawn anew while a button is held down, what they did is under
// way until the page shows what came of it, and the rest of a double click or of a key held down spares what it uncovers.

// ---- what waits for a drawing ---------------------------------------------------------------------------------------

let shown = Number(document.body.dataset.version);
let waiting = []; // [version, how to go on]

// Until the page shows the workspace as of this version.
export function drawnUpTo(version) {
  return version > shown ? new Promise((resume) => waiting.push([version, resume])) : Promise.resolve();
}

export function wasDrawn(version) {
  shown = version;
  const due = waiting.filter(([awaited]) => awaited <= shown);
  waiting = waiting.filter(([awaited]) => awaited > shown);
  due.forEach(([, resume]) => resume());
}

// The workspace does not answer, and a restarted one counts anew: nobody waits for a drawing of it.
export function lostSight() {
  waiting.forEach(([, resume]) => resume());
  waiting = [];
}

// ---- a button held down ---------------------------------------------------------------------------------------------

const LONGEST_PRESS_MS = 10_000;

let held = null; // the timer of the press that lasts
let onRelease = [];

// A button replaced between press and release would never be clicked.
export const released = () => (held === null ? Promise.resolve() : new Promise((resume) => onRelease.push(resume)));

addEventListener("pointerdown", ({ button }) => {
  if (button !== 0) return; // of another one, which opens a menu, the release may never be told
  clearTimeout(held);
  held = setTimeout(release, LONGEST_PRESS_MS);
}, true);

function release() {
  clearTimeout(held);
  held = null;
  onRelease.splice(0).forEach((resume) => resume());
}

for (const ending of ["pointerup", "pointercancel"]) {
  addEventListener(ending, () => setTimeout(release), true); // after the click, which comes with it
}
// The list of a select and a scroll bar keep the release to themselves; what comes next tells that it was.
addEventListener("pointermove", ({ buttons }) => held !== null && buttons === 0 && release(), true);
for (const next of ["change", "keydown"]) addEventListener(next, release, true);

// ---- meant for what was there before --------------------------------------------------------------------------------

let clicked = null; // the modal or message that the first click of a double click met

addEventListener("click", (event) => {
  const surface = event.target.closest(".modal-layer, .message");
  if (event.detail > 1 && surface !== clicked) return swallow(event);
  clicked = surface;
  return undefined;
}, true);

addEventListener("keydown", (event) => {
  const isWriting = event.key === "Enter" && event.target.matches("textarea");
  if (event.repeat && ["Enter", "Escape"].includes(event.key) && !isWriting) swallow(event);
}, true);

function swallow(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}
