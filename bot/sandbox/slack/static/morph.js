// Turns the children of a live element into those of fresh HTML, touching only what differs. What a person did to the
// page stays: typed text, ticked boxes, the choice in a select, focus, scroll, open menus. As in Slack, a field keeps
// what was typed as long as its block_id and action_id stay; the templates put both into data-key.

// The script and the person own these; the server's idea of them counts only when an element is new.
const OWNED = new Set(["aria-busy", "aria-expanded", "aria-activedescendant"]);
const OWNED_OF_FIELDS = new Set(["value", "checked", "selected"]);

export function morph(live, html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  const focused = live.contains(document.activeElement) ? document.activeElement : null;
  const caret = focused && "selectionStart" in focused ? [focused.selectionStart, focused.selectionEnd] : null;
  morphChildren(live, fresh.content);
  if (!focused || !focused.isConnected || focused === document.activeElement) return;
  focused.focus({ preventScroll: true }); // it had to be moved, which blurs
  if (caret && caret[0] !== null) focused.setSelectionRange(...caret);
}

function morphChildren(live, fresh) {
  const keyed = new Map([...live.children].filter(keyOf).map((child) => [keyOf(child), child]));
  const wanted = new Set([...fresh.children].map(keyOf));
  // The ones that go, go first: then one that stays need not be moved, and keeps focus and menus.
  for (const [key, child] of keyed) if (!wanted.has(key)) child.remove();
  let cursor = live.firstChild;
  for (const next of [...fresh.childNodes]) {
    let match = keyOf(next) ? keyed.get(keyOf(next)) : keyOf(cursor) ? null : cursor;
    if (match && !alike(match, next)) match = null;
    if (!match) {
      live.insertBefore(next, cursor);
      continue;
    }
    while (cursor !== match && cursor && !keyOf(cursor)) cursor = dropped(cursor);
    if (match === cursor) cursor = cursor.nextSibling;
    else live.insertBefore(match, cursor);
    morphNode(match, next);
  }
  while (cursor) cursor = dropped(cursor);
}

function morphNode(live, next) {
  if (live.nodeType !== Node.ELEMENT_NODE) {
    if (live.nodeValue !== next.nodeValue) live.nodeValue = next.nodeValue;
    return;
  }
  if ("keep" in live.dataset) return; // drawn by the script
  morphAttributes(live, next);
  if (live.nodeName === "TEXTAREA") return;
  if (live.nodeName === "TEMPLATE") {
    if (live.innerHTML !== next.innerHTML) live.innerHTML = next.innerHTML;
  } else if (live.nodeName === "SELECT") {
    const chosen = live.value;
    morphChildren(live, next);
    if ([...live.options].some((option) => option.value === chosen)) live.value = chosen;
  } else {
    morphChildren(live, next);
  }
}

function morphAttributes(live, next) {
  const isField = ["INPUT", "OPTION"].includes(live.nodeName);
  const isOwned = (name) => OWNED.has(name) || (isField && OWNED_OF_FIELDS.has(name) && !isFixedValue(live, name));
  for (const { name } of [...live.attributes]) {
    if (!isOwned(name) && name !== "style" && !next.hasAttribute(name)) live.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (!isOwned(name) && live.getAttribute(name) !== value) live.setAttribute(name, value);
  }
}

// The value of an option or a tick box says what it stands for, not what was typed.
function isFixedValue(field, name) {
  return name === "value" && (field.nodeName === "OPTION" || ["checkbox", "radio"].includes(field.type));
}

function alike(one, other) {
  return one.nodeType === other.nodeType && one.nodeName === other.nodeName && one.type === other.type;
}

function keyOf(node) {
  return node?.dataset?.key;
}

function dropped(node) {
  const following = node.nextSibling;
  node.remove();
  return following;
}
