"use strict";
// Without this script every control is a link or a form, and the page is loaded anew by hand.
// With it, the page is asked for again whenever a file was saved or something was chosen, and only
// what differs is put in its place; a new picture replaces the old one when it is ready.

const root = document.documentElement;
root.classList.add("scripted");

let version = root.dataset.version;
let asked = 0;
let stream = null;

async function show(address, remember) {
  const turn = ++asked;
  let page, reply;
  try {
    reply = await fetch(address);
    page = new DOMParser().parseFromString(await reply.text(), "text/html");
  } catch {
    return; // the server is gone; the stream says so, and asks again when it is back
  }
  if (turn !== asked) return;
  const next = page.documentElement.dataset.version;
  root.classList.toggle("failed", !next);
  if (!next) return;
  version = next;
  if (remember || reply.redirected) history[remember ? "pushState" : "replaceState"](null, "", reply.url);
  document.title = page.title;
  page.querySelectorAll("[data-part]").forEach(replacePart);
  replacePicture(page.getElementById("stage"), turn);
}

function replacePart(next) {
  const old = document.getElementById(next.id);
  const worse = Number(next.dataset.errors || 0) > Number(old.dataset.errors || 0);
  if (next.dataset.errors) old.dataset.errors = next.dataset.errors;
  if (old.innerHTML === next.innerHTML) return;
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  const hadList = old.querySelector("ul") !== null;
  old.replaceChildren(...next.childNodes);
  if (worse || !hadList) old.open = next.open;
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

function replacePicture(stage, turn) {
  const here = document.getElementById("stage");
  const next = stage.querySelector("iframe");
  const old = document.getElementById("letter");
  here.querySelectorAll(".next").forEach((one) => one.remove());
  if (!next || !old) {
    here.replaceChildren(...stage.childNodes);
    return;
  }
  if (next.getAttribute("src") === old.getAttribute("src")) {
    for (const name of ["width", "class", "title"]) old.setAttribute(name, next.getAttribute(name));
    return;
  }
  next.removeAttribute("id");
  next.classList.add("next");
  next.addEventListener("load", () => {
    if (turn !== asked) return;
    if (form(next) === form(old)) keepPlace(old, next);
    next.classList.remove("next");
    old.remove();
    next.id = "letter";
  }, { once: true });
  here.append(next);
}

const form = (frame) => new URL(frame.src).pathname;

function keepPlace(old, next) {
  try {
    next.contentWindow.scrollTo({ top: old.contentWindow.scrollY, behavior: "instant" });
  } catch {
    // A link was followed inside the frame: there is no place to keep.
  }
}

// A browser opens few connections to one address: only the page that is looked at holds one.
function listen() {
  stream?.close();
  stream = null;
  if (document.hidden) return;
  stream = new EventSource(`/changes?since=${version}`);
  stream.addEventListener("open", () => root.classList.remove("alone"));
  stream.addEventListener("error", () => root.classList.add("alone"));
  stream.addEventListener("message", (event) => {
    if (event.data !== version) show(location.href, false);
  });
}

document.addEventListener("visibilitychange", listen);
window.addEventListener("popstate", () => show(location.href, false));
document.addEventListener("click", (event) => {
  const link = event.target.closest("#tools a, #subject a, #months a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  show(link.href, true);
});
document.addEventListener("change", (event) => {
  const chosen = event.target.form;
  if (!chosen) return;
  const query = new URLSearchParams(new FormData(chosen));
  show(`${chosen.action}?${query}`, true);
});
document.addEventListener("submit", (event) => event.preventDefault());
listen();
