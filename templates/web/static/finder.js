// The search of an archive that is files. It finds what the served one finds: every word of the
// search, or its other number, must begin a word of the summary. `archiveIndex` is index.js.
"use strict";
(() => {
  const MOST = 50, ROOM = 260, BEFORE = 60;
  const WORD = /(?:[\p{L}\p{N}]|[\u0300-\u036f])+/gu;
  const WEIGHTS = [8, 4, 2, 1]; // title, topics, citation, text
  const LETTERS = {"æ": "ae", "đ": "d", "ı": "i", "ł": "l", "ø": "o", "œ": "oe", "ß": "ss"};
  const NUMBERS = [["ss", "ss", 2], ["sis", "s", 2], ["ies", "y", 2], ["es", "", 2], ["s", "", 2],
    ["y", "ie", 2], ["ing", "", 3], ["e", "", 3]];

  const fold = (text) => text.normalize("NFKD").toLowerCase().normalize("NFKD")
    .replace(/\p{Mn}/gu, "").replace(/[æđıłøœß]/g, (letter) => LETTERS[letter]);
  const words = (text) => (text.match(WORD) || []).flatMap((word) => fold(word).match(WORD) || []);

  function beginnings(word) {
    for (const [ending, other, least] of NUMBERS) {
      if (word.endsWith(ending) && word.length - ending.length > least) {
        return [word, word.slice(0, word.length - ending.length) + other];
      }
    }
    return [word];
  }

  const begins = (word, wanted) => wanted.some((one) => word.startsWith(one));

  function score(fields, wanted) {
    let total = 0;
    for (const one of wanted) {
      const counts = fields.map((field) => field.filter((word) => begins(word, one)).length);
      if (!counts.some(Boolean)) return 0;
      total += counts.reduce((sum, count, at) => sum + WEIGHTS[at] * count / (count + 1), 0);
    }
    return total;
  }

  function hitsOf(text, wanted) {
    const hits = [];
    for (const match of text.matchAll(WORD)) {
      const which = wanted.findIndex((one) => begins(fold(match[0]), one));
      if (which >= 0) hits.push([match.index, match.index + match[0].length, which]);
    }
    return hits;
  }

  function marked(text, hits, start = 0, end = text.length) {
    const parts = [];
    let at = start;
    for (const [first, last] of hits) {
      if (first < at || last > end) continue;
      parts.push(text.slice(at, first), element("mark", {}, text.slice(first, last)));
      at = last;
    }
    return [...parts, text.slice(at, end)];
  }

  function snippet(text, wanted) {
    const hits = hitsOf(text, wanted);
    let best = 0, most = 0;
    hits.forEach(([first], at) => {
      const near = hits.slice(at, at + 40).filter(([, last]) => last - first < ROOM);
      const different = new Set(near.map(([, , which]) => which)).size;
      if (different > most) [best, most] = [first, different];
    });
    let start = 0;
    if (best > BEFORE) {
      const space = text.indexOf(" ", best - BEFORE);
      start = space >= 0 && space < best ? space + 1 : best;
    }
    let end = text.length;
    if (start + ROOM < end) {
      const space = text.lastIndexOf(" ", start + ROOM - 1);
      end = space > start ? space : start + ROOM;
    }
    return [start ? "…\u00a0" : "", ...marked(text, hits, start, end), end < text.length ? "\u00a0…" : ""];
  }

  function element(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  function shown(one, wanted) {
    return element("article", {class: "entry"},
      element("p", {class: "kicker"}, one.kicker),
      element("h2", {}, element("a", {href: one.href, lang: one.language},
        ...marked(one.title, hitsOf(one.title, wanted)))),
      element("p", {lang: one.language}, ...snippet(one.text, wanted)),
      element("p", {class: "note"}, one.month));
  }

  const asked = new URLSearchParams(location.search).get("q") || "";
  const wanted = [...new Set(words(asked))].slice(0, 12).map(beginnings);
  document.getElementById("without").hidden = true;
  document.getElementById("q").value = asked;
  if (!wanted.length) return;
  const found = globalThis.archiveIndex
    .map((one) => [score([one.title, one.kicker, one.cited, one.text].map(words), wanted), one])
    .filter(([points]) => points > 0)
    .sort(([one], [other]) => other - one);
  const status = document.getElementById("status");
  const {one, many, none} = status.dataset;
  status.textContent = !found.length ? none
    : found.length === 1 ? one : many.replace("#", found.length);
  document.getElementById("hits").append(...found.slice(0, MOST).map(([, hit]) => shown(hit, wanted)));
})();
