"use strict";
// Without this script every control is a link or a form, and the page is loaded anew by hand.
// With it, the page is asked for again whenever a file was saved or something was chosen, and only
// what differs is put in its place; a new picture replaces the old one when it is ready.

const root = document.documentElement;
root.classList.add("scripted");
const byId = (id) => document.getElementById(id);

let version = root.dataset.version;
let asked = 0;
let stream = null;
let wanted = location.href; // what was chosen last, even while its page is on the way
let chosen = false; // the browser's history doesn't know of it yet

function choose(address) {
  wanted = address;
  chosen = true;
  return show(wanted);
}

async function show(address, how) {
  const turn = ++asked;
  let page, reply;
  try {
    reply = await fetch(address, how);
    page = new DOMParser().parseFromString(await reply.text(), "text/html");
  } catch {
    return; // the server is gone; the stream says so, and asks again when it is back
  }
  if (turn !== asked) return;
  const next = page.documentElement.dataset.version;
  root.classList.toggle("failed", !next);
  if (!next) return;
  version = next;
  if (chosen) history.pushState(null, "", page.documentElement.dataset.address);
  chosen = false;
  const still = document.querySelector("[data-still]");
  if (still) {
    // Somebody is about to decide: what they look at stays, and they are told that it is old.
    root.classList.toggle("stale", page.querySelector("[data-still]")?.dataset.still !== still.dataset.still);
    return;
  }
  document.title = page.title;
  replacePicture(page.getElementById("stage"), turn);
  page.querySelectorAll("[data-part]").forEach(replacePart);
}

function replacePart(next) {
  const old = byId(next.id);
  if (!old) return;
  const worse = Number(next.dataset.weight || 0) > Number(old.dataset.weight || 0);
  if (next.dataset.weight) old.dataset.weight = next.dataset.weight;
  if (old.innerHTML === next.innerHTML) return;
  const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
  const hadList = old.querySelector(".list") !== null;
  old.replaceChildren(...next.childNodes);
  if (old.tagName === "DETAILS" && (worse || !hadList)) old.open = next.open;
  if (focused) byId(focused)?.focus({ preventScroll: true });
}

function replacePicture(stage, turn) {
  const here = byId("stage");
  const next = stage.querySelector("iframe");
  const old = byId("letter");
  here.dataset.width = stage.dataset.width;
  here.querySelectorAll(".next").forEach((one) => one.remove());
  if (!next || !old) {
    here.replaceChildren(...stage.childNodes);
    return;
  }
  if (next.getAttribute("src") === old.getAttribute("src")) {
    for (const name of ["class", "title"]) old.setAttribute(name, next.getAttribute(name));
    return;
  }
  next.removeAttribute("id");
  next.classList.add("next");
  next.addEventListener("load", () => {
    if (turn !== asked && !next.isConnected) return;
    if (formOf(next) === formOf(old)) keepPlace(old, next);
    next.classList.remove("next");
    old.remove();
    next.id = "letter";
  }, { once: true });
  old.parentElement.append(next);
}

const formOf = (frame) => new URL(frame.src).pathname;

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
    if (event.data !== version) show(wanted);
  });
}

// The reply says what address it is to be known by: the shortest.
const addressOf = (form) => `${form.action}?${new URLSearchParams(new FormData(form))}`;

document.addEventListener("visibilitychange", listen);
window.addEventListener("popstate", () => {
  wanted = location.href;
  chosen = false;
  show(wanted);
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("#looks a, #months a");
  if (!link || !byId("stage") || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  choose(link.href);
});
document.addEventListener("change", (event) => {
  if (event.target.form?.id !== "choices") return;
  if (event.target.id === "reader" || event.target.id === "address") byId("edition").disabled = true; // theirs
  choose(addressOf(event.target.form)).then(() => {
    if (event.target.id === "reader" && event.target.value === "listed") byId("address").focus();
  });
});
document.addEventListener("submit", (event) => {
  if (event.target.id === "choices") event.preventDefault();
  if (event.target.matches("[data-quiet]")) {
    event.preventDefault();
    const { form, name, value } = event.submitter;
    const body = new URLSearchParams(new FormData(form));
    body.append(name, value);
    event.submitter.disabled = true;
    show(form.action, { method: "POST", body });
  }
  if (event.target.matches("[data-once]")) setTimeout(() => { event.submitter.disabled = true; });
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("[data-once] button").forEach((button) => { button.disabled = false; });
});

// The place of a finding goes to the clipboard.
document.addEventListener("click", async (event) => {
  const place = event.target.closest("[data-copy]");
  if (!place) return;
  await navigator.clipboard?.writeText(place.dataset.copy);
  place.classList.add("copied");
  setTimeout(() => place.classList.remove("copied"), 1500);
});

listen();
