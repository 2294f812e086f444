// Runs beside the frame that holds the mail, and leaves what it finds as JSON in #result.

function luminance([r, g, b]) {
  const [x, y, z] = [r, g, b].map((c) => {
    c /= 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
}

function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);

function behind(view, element) {
  for (let at = element; at; at = at.parentElement) {
    const colour = numbers(view.getComputedStyle(at).backgroundColor);
    if (colour.length === 3 || colour[3] > 0) return colour;
  }
  return [255, 255, 255];
}

function weakTexts(view, document) {
  const weak = [];
  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.getClientRects().length) continue;
    texts += 1;
    const ratio = contrast(numbers(view.getComputedStyle(element).color), behind(view, element));
    if (ratio < 4.5) weak.push([walker.currentNode.data.trim().slice(0, 40), ratio]);
  }
  return { texts, weak };
}

function measure(frame) {
  const [view, document] = [frame.contentWindow, frame.contentDocument];
  const colour = (selector, name) => {
    const element = document.querySelector(selector);
    return element && view.getComputedStyle(element)[name];
  };
  const wide = [...document.body.querySelectorAll("*")]
    .filter((e) => e.getClientRects().length && e.getBoundingClientRect().right > view.innerWidth + 0.5)
    .map((e) => `${e.tagName} ${e.className} ${e.getBoundingClientRect().right}`);
  const targets = [...document.querySelectorAll(".row a, .links a, .button a")];
  const small = targets
    .map((e) => [e.textContent.trim(), e.getBoundingClientRect().height])
    .filter(([, height]) => height < 44);
  const first = document.querySelector(".prose p") || document.querySelector("h1");
  return {
    width: view.innerWidth,
    scrollWidth: document.documentElement.scrollWidth,
    wide,
    targets: targets.length,
    small,
    ...weakTexts(view, document),
    mode: document.compatMode,
    ground: colour("body", "backgroundColor"),
    paper: colour(".paper", "backgroundColor"),
    panel: colour(".panel", "backgroundColor"),
    panelRule: colour(".panel", "borderLeftColor"),
    ink: colour("h1", "color"),
    side: first.getBoundingClientRect().left - document.querySelector(".paper").getBoundingClientRect().left,
    column: document.querySelector(".paper").getBoundingClientRect().width,
    fetched: view.performance.getEntriesByType("resource").map((e) => e.name),
  };
}

const frame = document.getElementById("mail");
const show = () => {
  document.getElementById("result").textContent = JSON.stringify(measure(frame));
};
if (frame.contentDocument.readyState === "complete" && frame.contentDocument.body.children.length) show();
else frame.addEventListener("load", show);
