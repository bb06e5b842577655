// The composer: messages, and slash commands with completion.

import { chip, inTurn, post, sendFile, working } from "./hands.js";
import { Picks } from "./pickers.js";

const commands = JSON.parse(document.getElementById("commands").textContent);
const made = new WeakMap(); // textarea -> its Picks

export const composerOf = (element) => element.closest?.(".composer");

function picksOf(form) {
  const input = form.querySelector("textarea");
  if (!made.has(input)) {
    made.set(input, new Picks(form.querySelector("[role=listbox]"), input, (it) => fill(form, `${it.value} `)));
  }
  return made.get(input);
}

export function fill(form, text) {
  const input = form.querySelector("textarea");
  input.value = text;
  input.focus();
  input.setSelectionRange(text.length, text.length);
  written(form);
}

// After every change of the text: completion, the usage line, the height, the draft.
export function written(form) {
  const input = form.querySelector("textarea");
  input.style.height = "auto";
  input.style.height = `${input.scrollHeight}px`;
  sessionStorage.setItem(input.id, input.value);
  const [word, ...rest] = input.value.split(/(?<=^\S+)\s/);
  showUsage(form, rest.length ? commands.find(({ command }) => command === word) : null);
  const fits = /^\/\S*$/.test(input.value) ? commands.filter(({ command }) => command.startsWith(word)) : [];
  picksOf(form).show(
    fits.map((it) => ({ value: it.command, text: `${it.command} ${it.usage_hint ?? ""}`, description: it.description })),
  );
}

function showUsage(form, command) {
  const line = form.querySelector(".usage");
  line.hidden = !command;
  if (command) line.textContent = [`${command.command} ${command.usage_hint ?? ""}`, command.description].join(" — ");
}

// A half-written message is there again when one comes back to its channel.
export function bringBackDraft(form) {
  const draft = sessionStorage.getItem(form.querySelector("textarea").id);
  if (draft) form.querySelector("textarea").value = draft;
}

export const closeCompletion = (form) => picksOf(form).hide();

export function composerKey(form, event) {
  const isWholeCommand = commands.some(({ command }) => command === event.target.value.trim());
  if (!(event.key === "Enter" && isWholeCommand) && picksOf(form).pressed(event)) return;
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
}

// The words are taken at once, for the next ones may be typed while these wait for their turn.
export function send(form) {
  const text = form.querySelector("textarea").value.trim();
  if (text) fill(form, "");
  return inTurn(form, () => sendTaken(form, text));
}

async function sendTaken(form, text) {
  const chips = [...form.querySelectorAll(".attached .chip")];
  if (!text && !chips.length) return;
  const isCommand = !chips.length && /^\/[a-z]/i.test(text);
  const thread = form.dataset.thread || null;
  const channel = form.closest("[data-channel]").dataset.channel;
  await working(form, async () => {
    try {
      if (isCommand && thread) throw new Error(`${text.split(/\s/)[0]} is not supported in threads. Sorry!`);
      const files = chips.map(({ dataset }) => dataset.value);
      await post(isCommand ? "command" : "message", { channel, text, thread_ts: thread, files });
    } catch (error) {
      giveBack(form, text);
      throw error;
    }
    chips.forEach((shown) => shown.remove());
  });
}

// What was typed is not lost with a refusal, nor is what was typed since.
function giveBack(form, text) {
  const since = form.querySelector("textarea").value;
  fill(form, [text, since].filter(Boolean).join("\n"));
}

// Files chosen with the clip or dropped on the channel wait beside the message until it is sent.
export const attach = (form, files) => inTurn(form, async () => {
  for (const file of files) {
    const sent = await sendFile(file, form, { message: true });
    if (sent) form.querySelector(".attached").append(chip(sent.id, sent.name));
  }
  form.querySelector("textarea").focus();
});
