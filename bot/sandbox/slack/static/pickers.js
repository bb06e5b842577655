// Lists to pick from while typing: searching selects (own options, or asked from the app) and slash commands.

import { changed, chip, chosenIn, named, post, toast } from "./hands.js";

// The list under an input, moved through with the arrow keys while the input keeps the focus.
export class Picks {
  constructor(list, input, onPick) {
    Object.assign(this, { list, input, onPick, items: [], at: -1 });
    list.addEventListener("mousedown", (event) => event.preventDefault()); // the input must not lose the focus
    list.addEventListener("click", ({ target }) => {
      const row = target.closest("[role=option]");
      if (row) this.take(Number(row.dataset.at));
    });
  }

  get isOpen() {
    return this.list.popover ? this.list.matches(":popover-open") : !this.list.hidden;
  }

  show(items, hint = "") {
    this.items = items;
    this.list.replaceChildren(...items.flatMap((item, at) => this.rows(item, at)));
    if (hint) this.list.append(rowOf("presentation", "hint", hint));
    if (!this.list.childElementCount) return this.hide();
    if (this.list.popover) {
      if (!this.isOpen) this.list.showPopover();
      placeBeside(this.list);
    } else this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.go(items.length ? 0 : -1);
  }

  rows(item, at) {
    const row = rowOf("option", "", item.text);
    row.id = `${this.list.id}-${at}`;
    row.dataset.at = at;
    row.dataset.value = item.value;
    if (item.description) row.append(Object.assign(document.createElement("small"), { textContent: item.description }));
    const isFirst = item.group && item.group !== this.items[at - 1]?.group;
    return isFirst ? [rowOf("presentation", "group", item.group), row] : [row];
  }

  hide() {
    if (this.list.popover) this.isOpen && this.list.hidePopover();
    else this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  go(at) {
    this.at = at;
    for (const row of this.list.querySelectorAll("[role=option]")) {
      const isHere = Number(row.dataset.at) === at;
      row.setAttribute("aria-selected", String(isHere));
      if (isHere) {
        row.scrollIntoView({ block: "nearest" });
        this.input.setAttribute("aria-activedescendant", row.id);
      }
    }
  }

  take(at = this.at) {
    const item = this.items[at];
    if (item) this.onPick(item);
  }

  // True when the key was for the list.
  pressed(event) {
    if (!this.isOpen) return false;
    const count = this.items.length;
    if (event.key === "ArrowDown" && count) this.go((this.at + 1) % count);
    else if (event.key === "ArrowUp" && count) this.go((this.at - 1 + count) % count);
    else if (["Enter", "Tab"].includes(event.key) && this.at >= 0) this.take();
    else if (event.key === "Escape") this.hide();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }
}

function rowOf(role, name, text) {
  const row = document.createElement("li");
  row.setAttribute("role", role);
  row.className = name;
  row.textContent = text;
  return row;
}

// Beside its opener in the top layer, below it or above where there is more room, so that no scrolling box cuts it off.
export function placeBeside(list) {
  const isWide = !!list.closest(".combo");
  const opener = list.closest(".combo") ?? document.querySelector(`[popovertarget="${list.id}"]`);
  const box = opener.getBoundingClientRect();
  const isAbove = box.bottom > innerHeight * 0.6;
  list.style.top = isAbove ? "auto" : `${box.bottom + 4}px`;
  list.style.bottom = isAbove ? `${innerHeight - box.top + 4}px` : "auto";
  list.style.left = isWide ? `${box.left}px` : "auto";
  list.style.right = isWide ? "auto" : `${innerWidth - box.right}px`;
  list.style.width = isWide ? `${box.width}px` : "";
  list.style.maxHeight = `${(isAbove ? box.top : innerHeight - box.bottom) - 16}px`;
}

// ---- searching selects ----------------------------------------------------------------------------------------------

const made = new WeakMap(); // .combo -> its Picks
const asked = new WeakMap(); // .combo -> number of its newest question, so that a late answer is dropped

export const comboOf = (element) => element.closest?.(".combo");

function picksOf(combo) {
  if (!made.has(combo)) {
    const picks = new Picks(combo.querySelector("[role=listbox]"), combo.querySelector("input"), (it) => pick(combo, it));
    made.set(combo, picks);
  }
  return made.get(combo);
}

export function refresh(combo) {
  const text = combo.querySelector("input").value.trim();
  if (combo.dataset.options === undefined) return ask(combo, text);
  const needle = text.toLowerCase();
  const fits = JSON.parse(combo.dataset.options).filter((option) => option.text.toLowerCase().includes(needle));
  offer(combo, fits);
}

function offer(combo, options) {
  const chosen = "many" in combo.dataset ? chosenIn(combo) : [];
  const left = options.filter((option) => !chosen.includes(option.value));
  picksOf(combo).show(left, left.length ? "" : "No results");
}

async function ask(combo, text) {
  const least = Number(combo.dataset.minQuery);
  const question = (asked.get(combo) ?? 0) + 1;
  asked.set(combo, question);
  if (text.length < least) {
    const missing = least - text.length;
    return picksOf(combo).show([], `Type ${missing} ${text ? "more " : ""}character${missing === 1 ? "" : "s"} to search`);
  }
  picksOf(combo).show([], "Searching…");
  await new Promise((resume) => setTimeout(resume, text ? 200 : 0)); // a fast typist asks once
  if (asked.get(combo) !== question || !combo.isConnected) return undefined;
  const answer = await post("options", { ...named(combo), value: text }).catch((error) => toast(error.message) ?? []);
  if (asked.get(combo) !== question || !combo.contains(document.activeElement)) return undefined;
  return offer(combo, answer.flatMap(flattened));
}

function flattened(answer) {
  if (answer.options) return answer.options.flatMap(flattened).map((it) => ({ ...it, group: answer.label?.text }));
  return [{ value: answer.value, text: answer.text.text, description: answer.description?.text }];
}

function pick(combo, item) {
  const chips = combo.querySelector(".chips");
  const input = combo.querySelector("input");
  const isMany = "many" in combo.dataset;
  if (!isMany) chips.replaceChildren();
  if (combo.dataset.max && chips.childElementCount >= Number(combo.dataset.max)) {
    return picksOf(combo).show([], `No more than ${combo.dataset.max} can be chosen`);
  }
  chips.append(chip(item.value, item.text));
  input.value = "";
  if (isMany) refresh(combo);
  else picksOf(combo).hide();
  return changed(combo);
}

export function unpick(button) {
  const field = button.closest("[data-field]");
  button.closest(".chip").remove();
  field.querySelector("input").focus();
  changed(field);
}

export const closeCombo = (combo) => {
  asked.set(combo, (asked.get(combo) ?? 0) + 1);
  picksOf(combo).hide();
};

export function comboKey(combo, event) {
  if (picksOf(combo).pressed(event)) return;
  const last = combo.querySelector(".chip:last-child button");
  if (event.key === "Backspace" && !event.target.value && last) unpick(last);
  else if (event.key === "ArrowDown") refresh(combo);
  else if (event.key === "Enter") event.preventDefault(); // choosing is not submitting
}
