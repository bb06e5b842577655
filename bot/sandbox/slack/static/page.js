// The page's own movements: following the workspace, going from place to place, and who hears which click.

import { act, changed, chosenFiles, close, entered, post, refusal, remember, submit } from "./hands.js";
import { toast, typed, upload, user, working } from "./hands.js";
import { attach, bringBackDraft, closeCompletion, composerKey, composerOf, fill, send, written } from "./composer.js";
import { closeCombo, comboKey, comboOf, placeBeside, refresh, unpick } from "./pickers.js";
import { morph } from "./morph.js";
import { lostSight, released, wasDrawn } from "./steady.js";
import { layTablesOut, sortBy, turnPage } from "./tables.js";

// ---- following the workspace ----------------------------------------------------------------------------------------

const PARTS = ["sidebar", "main", "thread", "modals", "toasts"];
const drawn = {}; // part -> the HTML it shows
let turn = new AbortController(); // aborted when one goes elsewhere: the new place is then asked for at once

const place = () => location.pathname.split("/")[2];

async function follow() {
  let since = Number(document.body.dataset.version);
  for (;;) {
    try {
      const answer = await look(since, turn.signal);
      if (Object.keys(answer.parts).length > 0) await released();
      if (turn.signal.aborted) throw new DOMException("", "AbortError");
      show(answer);
      since = answer.version;
      wasDrawn(since);
    } catch (error) {
      since = -1; // a restarted workspace counts anew, and another place was never drawn
      if (error.name === "AbortError") turn = new AbortController();
      else await lostForAMoment();
    }
  }
}

function lostForAMoment() {
  lostSight();
  return new Promise((resume) => setTimeout(resume, 1000));
}

async function look(since, signal) {
  const query = new URLSearchParams(location.search);
  query.set("user", user);
  query.set("since", since);
  const answer = await fetch(`/client/live/${place()}?${query}`, { signal });
  if (!answer.ok) throw new Error(await refusal(answer));
  return answer.json();
}

function show({ title, parts }) {
  if (title) document.title = title;
  const low = [...document.querySelectorAll("[data-scroll=bottom]")].filter(isAtBottom);
  for (const part of PARTS) {
    if (!(part in parts) || drawn[part] === parts[part]) continue;
    morph(document.getElementById(part), (drawn[part] = parts[part]));
  }
  settle();
  low.forEach((scroller) => (scroller.scrollTop = scroller.scrollHeight));
}

const isAtBottom = (scroller) => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 40;

// ---- after every drawing --------------------------------------------------------------------------------------------

const known = new WeakSet(); // what was already set up
const dismissed = new Set(); // toasts closed here, which the server still shows for a while
let opener = null; // what had the focus before the first modal

function settle() {
  layTablesOut();
  isNew("[data-epoch]", (field) => {
    const at = new Date(Number(field.dataset.epoch) * 1000);
    if (field.dataset.epoch) field.value = new Date(at - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
  });
  isNew("[data-field]", remember);
  isNew(".composer", bringBackDraft);
  document.getElementById("app").classList.toggle("has-thread", !!document.querySelector("#thread .pane"));
  isNew("[data-scroll=bottom]", (scroller) => (scroller.scrollTop = scroller.scrollHeight));
  isNew("#toasts .toast", (shown) => setTimeout(() => dismiss(shown), 8000));
  dismissed.forEach((key) => document.querySelector(`#toasts [data-key="${key}"]`)?.remove());
  isNew("[data-pointed]", (message) => message.scrollIntoView({ block: "center" }));
  settleModals();
  placeOpenLists();
}

function placeOpenLists() {
  document.querySelectorAll(":popover-open").forEach((list) => placeBeside(list));
}

function isNew(selector, setUp) {
  for (const element of document.querySelectorAll(selector)) {
    if (known.has(element)) continue;
    known.add(element);
    setUp(element);
  }
}

function settleModals() {
  const top = document.querySelector("#modals .modal-layer:last-child .modal");
  document.getElementById("app").inert = !!top;
  if (!top) {
    if (opener?.isConnected) opener.focus({ preventScroll: true });
    opener = null;
  } else if (!known.has(top)) {
    known.add(top);
    opener ??= document.activeElement;
    const first = "[autofocus], .modal-body :is(input, select, textarea):not([type=hidden])";
    (top.querySelector(first) ?? top.querySelector(".modal-body")).focus({ preventScroll: true });
  }
}

function dismiss(shown) {
  dismissed.add(shown.dataset.key);
  shown.remove();
}

// ---- going from place to place --------------------------------------------------------------------------------------

function go(href) {
  const url = new URL(href, location.href);
  const permalink = url.pathname.match(/^\/archives\/(\w+)\/p(\d+)(\d{6})$/);
  if (permalink) {
    url.pathname = `/client/${permalink[1]}`;
    url.searchParams.set("ts", `${permalink[2]}.${permalink[3]}`);
  }
  url.searchParams.set("user", user);
  history.pushState(null, "", url);
  arrive();
}

function arrive() {
  document.getElementById("app").classList.remove("shows-sidebar");
  document.querySelectorAll("[data-pointed]").forEach((message) => known.delete(message));
  turn.abort();
  if (place() === "home") post("home", {}).catch((error) => toast(error.message));
}

const isOurs = (link) => link.origin === location.origin && /^\/(client\/(?!file|static)|archives\/)/.test(link.pathname);

// ---- who hears what -------------------------------------------------------------------------------------------------

const acts = {
  press: (button, event) => pressed(button, event, { value: button.dataset.value ?? null }),
  pick: (item, event) => {
    item.closest("[popover]").hidePopover();
    pressed(item, event, { selected: item.dataset.value });
  },
  unpick: (button) => (composerOf(button) ? button.closest(".chip").remove() : unpick(button)),
  shortcut: (item) => {
    const { channel, ts } = item.closest("[data-ts]").dataset;
    item.closest("[popover]").hidePopover();
    working(item, () => post("shortcut", { channel, ts, callback_id: item.dataset.callback }));
  },
  close,
  start: (button) => fill(document.querySelector("#main .composer"), button.dataset.text),
  dismiss: (button) => dismiss(button.closest(".toast")),
  sidebar: () => document.getElementById("app").classList.toggle("shows-sidebar"),
  sort: sortBy,
  page: turnPage,
  tool: (button) => working(button, () => useTool(button)),
};

// A link button opens its link and tells the app; with a confirm dialog only after it.
async function pressed(element, event, change) {
  const url = element.href;
  const asks = element.closest(".element").querySelector(":scope > template[data-confirm]");
  if (asks) event.preventDefault();
  if ((await act(element, change)) && asks && url) open(url, "_blank", "noopener");
}

async function useTool(button) {
  const answer = await fetch(button.dataset.url, { method: button.dataset.method });
  if (!answer.ok) throw new Error(await refusal(answer));
  const said = await answer.json().catch(() => null);
  toast(said?.message ?? `${button.textContent.trim()}: done`);
}

document.addEventListener("click", (event) => {
  const actor = event.target.closest("[data-act]");
  if (actor && actor.dataset.act in acts) return acts[actor.dataset.act](actor, event);
  const combo = comboOf(event.target);
  if (combo) {
    combo.querySelector("input").focus();
    return refresh(combo);
  }
  const link = event.target.closest("a[href]");
  if (!link || !isOurs(link) || event.ctrlKey || event.metaKey || event.shiftKey) return undefined;
  event.preventDefault();
  return go(link.href);
});

document.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.target.dataset.act === "submit") submit(event.target);
  if (event.target.dataset.act === "send") send(event.target);
});

document.addEventListener("input", ({ target }) => {
  if (composerOf(target)) return written(composerOf(target));
  if (comboOf(target)) return refresh(comboOf(target));
  return target.matches("[data-field=text]") && typed(target);
});

document.addEventListener("change", ({ target }) => {
  if (target.id === "user") return location.assign(`/client/${place()}?user=${target.value}`);
  if (target.type === "file" && composerOf(target)) return attach(composerOf(target), chosenFiles(target));
  if (target.type === "file") return upload(target);
  const field = target.closest("[data-field]");
  return field && !comboOf(target) && changed(field);
});

document.addEventListener("keydown", (event) => {
  const { target } = event;
  if (composerOf(target) && target.matches("textarea")) return composerKey(composerOf(target), event);
  if (comboOf(target)) comboKey(comboOf(target), event);
  else if (event.key === "Enter" && target.matches("input[data-field=text]")) entered(target, event);
  const isFree = event.key === "Escape" && !event.defaultPrevented && !document.querySelector(":popover-open");
  return isFree && document.querySelector("#modals .modal-layer:last-child footer [data-act=close]")?.click();
});

document.addEventListener("focusout", ({ target }) => {
  if (comboOf(target) && target.matches("input")) closeCombo(comboOf(target));
  if (composerOf(target)) closeCompletion(composerOf(target));
});

// Neither event bubbles, hence the capturing.
document.addEventListener("beforetoggle", ({ target, newState }) => {
  if (newState === "open" && target.matches(".menu")) placeBeside(target);
}, true);
document.addEventListener("scroll", ({ target }) => !target.matches?.(":popover-open") && placeOpenLists(), true);

// ---- files dropped on a channel or thread ---------------------------------------------------------------------------

const dropPane = ({ target, dataTransfer }) =>
  dataTransfer?.types.includes("Files") && target.closest?.(".pane:has(.composer)");

document.addEventListener("dragover", (event) => {
  const pane = dropPane(event);
  document.querySelectorAll(".pane.is-dropping").forEach((it) => it !== pane && it.classList.remove("is-dropping"));
  if (!pane) return;
  event.preventDefault();
  pane.classList.add("is-dropping");
});

document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.querySelectorAll(".pane.is-dropping").forEach((it) => it.classList.remove("is-dropping"));
});

document.addEventListener("drop", (event) => {
  const pane = dropPane(event);
  if (!pane) return;
  event.preventDefault();
  pane.classList.remove("is-dropping");
  attach(pane.querySelector(".composer"), [...event.dataTransfer.files]);
});

addEventListener("popstate", arrive);

settle();
if (place() === "home") post("home", {}).catch((error) => toast(error.message));
follow();
