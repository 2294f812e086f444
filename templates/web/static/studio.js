"use strict";
document.documentElement.classList.add("scripted");

// The frame keeps its place when the files change; only what it shows is loaded anew.
const frame = document.getElementById("letter");
const choice = document.getElementById("edition");
const buttons = document.querySelectorAll("[data-width]");

if (choice) choice.addEventListener("change", () => choice.form.submit());

function setWidth(width) {
  if (!frame) return;
  frame.width = width;
  buttons.forEach((one) => one.setAttribute("aria-pressed", String(one.dataset.width === width)));
}
buttons.forEach((one) => one.addEventListener("click", () => {
  sessionStorage.setItem("width", one.dataset.width);
  setWidth(one.dataset.width);
}));
setWidth(sessionStorage.getItem("width") || "600");

new EventSource("/changes").addEventListener("message", () => {
  sessionStorage.setItem("scroll", String(window.scrollY));
  window.location.reload();
});
window.scrollTo(0, Number(sessionStorage.getItem("scroll") || 0));
