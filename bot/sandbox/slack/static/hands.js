// What a person does, sent to the workspace: clicks, choices, submissions, with "working" shown till the page
// shows what came of it.

import { drawnUpTo } from "./steady.js";

export const user = document.body.dataset.user;

export async function post(hand, body) {
  const answer = await fetch(`/client/hands/${hand}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ user, ...body }),
  });
  await drawnUpTo(Number(answer.headers.get("Workspace-Version")));
  if (answer.ok) return answer.json();
  throw new Error(await refusal(answer));
}

export async function refusal(answer) {
  const said = await answer.json().catch(() => ({}));
  const words = said.message ?? said.error ?? said.detail;
  return typeof words === "string" ? words : `That did not work (${answer.status}).`;
}

// Marks the element as working; a second click meanwhile does nothing. A refusal becomes a toast.
export async function working(element, work) {
  if (element.getAttribute("aria-busy") === "true") return undefined;
  element.setAttribute("aria-busy", "true");
  try {
    return await work();
  } catch (error) {
    toast(error.message);
    return undefined;
  } finally {
    element.removeAttribute("aria-busy");
  }
}

const turns = new WeakMap(); // element -> the last work asked of it

// What a second go must not lose: files dropped while others still go up, a message sent meanwhile.
export function inTurn(element, work) {
  const done = (turns.get(element) ?? Promise.resolve()).then(work);
  turns.set(element, done.catch(() => undefined)); // the next one's turn comes all the same
  return done;
}

export function toast(text) {
  const shown = document.createElement("div");
  shown.className = "toast";
  shown.append(text);
  document.getElementById("own-toasts").append(shown);
  setTimeout(() => shown.remove(), 8000);
}

// The message or view an element stands in, as the hands name it.
function surfaceOf(element) {
  const view = element.closest("[data-view-id]");
  if (view) return [view, { view_id: view.dataset.viewId }];
  const message = element.closest("[data-ts]");
  return [message, { channel: message.dataset.channel, ts: message.dataset.ts }];
}

export const named = (element) => ({
  action_id: element.dataset.actionId,
  block_id: element.dataset.blockId || null,
  ...surfaceOf(element)[1],
});

const fieldsOf = (surface) => [...surface.querySelectorAll("[data-field]")];

// {block_id: {action_id: what stands there}} of every field of a message or view.
export function readValues(surface) {
  const values = {};
  for (const field of fieldsOf(surface)) {
    (values[field.dataset.blockId] ??= {})[field.dataset.actionId] = read(field);
  }
  return values;
}

export function read(field) {
  switch (field.dataset.field) {
    case "checks": return [...field.querySelectorAll("input:checked")].map((box) => box.value);
    case "radios": return field.querySelector("input:checked")?.value ?? null;
    case "files": return chosenIn(field);
    case "combo": return "many" in field.dataset ? chosenIn(field) : chosenIn(field)[0] ?? null;
    case "instant": return field.value ? String(Math.floor(new Date(field.value).getTime() / 1000)) : null;
    default: return field.value || null;
  }
}

// The chips only: the list below a combo keeps the rows it offered, closed or open.
export const chosenIn = (field) => [...field.querySelectorAll(".chip")].map((made) => made.dataset.value);

// A press of a button, or a choice; false when the confirm dialog was declined. Who it was is read before that dialog,
// during which the element may be drawn anew.
export async function act(element, change) {
  const ask = element.closest(".element").querySelector(":scope > template[data-confirm]");
  const [surface] = surfaceOf(element);
  const pressed = { ...named(element), ...change };
  if (ask && !(await confirmed(ask))) return false;
  await working(element, () => post("click", { state: readValues(surface), ...pressed }));
  return true;
}

// Slack draws the confirm dialog itself; the app hears of the confirmed click only.
function confirmed(template) {
  const before = document.activeElement;
  const layer = template.content.firstElementChild.cloneNode(true);
  document.body.append(layer);
  layer.querySelector("[data-answer=confirm]").focus();
  return new Promise((decide) => {
    const answer = (yes) => {
      layer.remove();
      before?.focus({ preventScroll: true });
      decide(yes);
    };
    layer.addEventListener("click", ({ target }) => {
      if (target.dataset.answer) answer(target.dataset.answer === "confirm");
    });
    layer.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      answer(false);
    });
  });
}

// ---- fields that tell the app at once -------------------------------------------------------------------------------

const settled = new WeakMap(); // field -> how to put it back as it was, for a declined confirm dialog
const typing = new WeakMap(); // field -> its pause after the last character

export function remember(field) {
  if (field.dataset.field === "select") settled.set(field, ((value) => () => (field.value = value))(field.value));
  if (["checks", "radios"].includes(field.dataset.field)) {
    const ticks = [...field.querySelectorAll("input")].map((box) => [box, box.checked]);
    settled.set(field, () => ticks.forEach(([box, was]) => (box.checked = was)));
  }
}

export const changed = (field) => (field.dataset.dispatch === "change" ? tell(field) : keep(field));

const owed = new WeakSet(); // fields that have something newer to tell than what is being told

// One telling at a time; what was chosen or typed meanwhile follows, as it stands then. A field that is gone tells nothing.
function tell(field) {
  clearTimeout(typing.get(field));
  if (owed.has(field)) return;
  owed.add(field);
  inTurn(field, async () => {
    owed.delete(field);
    if (!field.isConnected) return;
    if (await act(field, { selected: read(field) })) remember(field);
    else settled.get(field)?.();
  });
}

const keeping = new Map(); // view id -> timer

// Slack remembers what stands in a view's fields; told after a pause, for the page may be loaded anew.
function keep(field) {
  const view = field.closest("[data-view-id]");
  if (!view) return;
  const id = view.dataset.viewId;
  clearTimeout(keeping.get(id));
  const tell = () => post("values", { view_id: id, values: readValues(view) }).catch((error) => toast(error.message));
  keeping.set(id, setTimeout(tell, 300));
}

export function typed(field) {
  if (!field.dataset.dispatch?.includes("on_character_entered")) return;
  clearTimeout(typing.get(field));
  typing.set(field, setTimeout(() => tell(field), 250));
}

export function entered(field, event) {
  if (!field.dataset.dispatch?.includes("on_enter_pressed")) return;
  event.preventDefault(); // or the form would be submitted as well
  tell(field);
}

export async function submit(form) {
  const button = form.querySelector("button[type=submit]");
  if (!button) return;
  const view = form.closest("[data-view-id]");
  stopPauses(view);
  await working(button, async () => {
    await Promise.all(fieldsOf(view).map((field) => turns.get(field))); // a file going up belongs to it, too
    await post("submit", { view_id: view.dataset.viewId, values: readValues(view) });
  });
}

// The cross means the whole stack, which its lowest modal names even when the one on top is closed already.
export function close(button) {
  const isWhole = "cleared" in button.dataset;
  const view = button.closest("[data-view-id]");
  const { viewId } = (isWhole ? document.querySelector("#modals [data-view-id]") : view).dataset;
  stopPauses(view);
  return working(button, () => post("close", { view_id: viewId, cleared: isWhole }));
}

// What a view tells by being submitted or closed need not be told any more.
function stopPauses(view) {
  clearTimeout(keeping.get(view.dataset.viewId));
  fieldsOf(view).forEach((field) => clearTimeout(typing.get(field)));
}

// The file as the workspace keeps it, `{id, name}`; undefined when it was refused.
export function sendFile(file, element, purpose = {}) {
  const query = new URLSearchParams({ user, name: file.name, ...purpose });
  return working(element, async () => {
    const answer = await fetch(`/client/hands/upload?${query}`, { method: "POST", body: file });
    if (!answer.ok) throw new Error(await refusal(answer));
    return answer.json();
  });
}

export function upload(input) {
  const field = input.closest("[data-field=files]");
  const chips = field.querySelector(".chips");
  const most = Number(input.dataset.max);
  const files = chosenFiles(input);
  return inTurn(field, async () => {
    for (const file of files) {
      const sent = await sendFile(file, field);
      if (!sent) continue;
      if (chips.children.length >= most) chips.lastElementChild.remove();
      chips.append(chip(sent.id, sent.name));
    }
    changed(field);
  });
}

// The chips say what is attached; the same file may be chosen again.
export function chosenFiles(input) {
  const files = [...input.files];
  input.value = "";
  return files;
}

export function chip(value, text) {
  const made = document.createElement("span");
  made.className = "chip";
  made.dataset.value = value;
  const remove = document.createElement("button");
  remove.type = "button";
  remove.dataset.act = "unpick";
  remove.setAttribute("aria-label", `Remove ${text}`);
  remove.textContent = "✕";
  made.append(text, remove);
  return made;
}
