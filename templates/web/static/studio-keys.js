"use strict";
// Keys of one letter each. They can be turned off, and never stand in the way of typing.

const keysBox = document.getElementById("keys");
const help = document.getElementById("help");
keysBox.checked = localStorage.getItem("keys") !== "off";
keysBox.addEventListener("change", () => localStorage.setItem("keys", keysBox.checked ? "on" : "off"));
document.addEventListener("click", (event) => {
  if (event.target.closest("#help-button")) help.showModal();
});

function turn(id, by) {
  const select = document.getElementById(id);
  if (!select || select.closest(".idle")) return;
  select.selectedIndex = (select.selectedIndex + by + select.length) % select.length;
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

function follow(selector, by) {
  const links = [...document.querySelectorAll(selector)];
  const here = links.findIndex((link) => link.hasAttribute("aria-current"));
  links[Math.min(Math.max(here + by, 0), links.length - 1)]?.click();
}

const KEYS = {
  j: () => follow("#months a", 1),
  k: () => follow("#months a", -1),
  e: () => turn("edition", 1),
  E: () => turn("edition", -1),
  r: () => turn("reader", 1),
  R: () => turn("reader", -1),
  d: () => turn("screen", 1),
  D: () => turn("screen", -1),
  s: () => turn("styles", 1),
  v: () => follow("#looks a[id^=form-]", 1),
  V: () => follow("#looks a[id^=form-]", -1),
  f: () => document.querySelector("#remarks summary")?.click(),
  t: () => document.querySelector("#test-link")?.click(),
  "?": () => help.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (event.key !== "?" && !keysBox.checked) return;
  const act = KEYS[event.key] ?? (/^[1-9]$/.test(event.key) ? () => widths(Number(event.key)) : null);
  if (!act) return;
  event.preventDefault();
  act();
});

function widths(number) {
  document.querySelectorAll("#looks a[id^=width-]")[number - 1]?.click();
}
