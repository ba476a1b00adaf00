// Keeps the page for when there is no network: the network has two seconds, then what was seen last is shown, and says so.
"use strict";

const SHELL = "shell-1";
const SEEN = "seen-1";
const PATIENCE_MS = 2000;
const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

/** The pages of data; everything else that is kept never changes under its name. @param {URL} url */
function isData(url) {
  return url.pathname === "/" || (url.pathname.startsWith("/page/") && /\.(html|json)$/.test(url.pathname));
}

/** @param {URL} url */
function isShell(url) {
  return url.pathname.startsWith("/page/") && /\.(css|js|svg|png|webmanifest)$/.test(url.pathname);
}

async function forget() {
  await Promise.all([caches.delete(SEEN), caches.delete(SHELL)]);
}

/** What was seen last, with the time of it. @param {Request} request */
async function lastSeen(request) {
  const kept = await (await caches.open(SEEN)).match(request, { ignoreVary: true });
  if (!kept) return null;
  const headers = new Headers(kept.headers);
  const text = await kept.text();
  const seen = new Date(kept.headers.get("date") ?? Date.now()).toISOString();
  const isPage = (headers.get("content-type") ?? "").includes("html");
  return new Response(isPage ? text.replace("<body ", `<body data-seen="${seen}" `) : text, { headers });
}

/** The network for two seconds, else what was seen last. @param {FetchEvent} event */
async function fresh(event) {
  const { request } = event;
  const asked = fetch(request).then(async (answer) => {
    if (answer.status === 401) await forget();
    else if (answer.ok && !answer.redirected) await (await caches.open(SEEN)).put(request, answer.clone());
    return answer;
  });
  // A late answer is kept for the next time.
  event.waitUntil(asked.catch(() => undefined));
  const late = new Promise((done) => setTimeout(() => done(null), PATIENCE_MS));
  const answer = await Promise.race([asked.catch(() => null), late]);
  return answer ?? (await lastSeen(request)) ?? asked;
}

/** What never changes under its name. @param {Request} request */
async function unchanging(request) {
  const shell = await caches.open(SHELL);
  const kept = await shell.match(request, { ignoreVary: true });
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await shell.put(request, answer.clone());
  return answer;
}

/** Keep what the page that started this has loaded already: from the browser's own cache, without asking again. */
async function keepFirst() {
  const seen = await caches.open(SEEN);
  const page = await fetch("/", { cache: "force-cache", credentials: "same-origin" });
  if (!page.ok) return;
  const html = await page.clone().text();
  await seen.put("/", page);
  const named = [...html.matchAll(/(?:href|src)="(page\/[^"]+\.(?:css|js|webmanifest))"/g)].map((match) => `/${match[1]}`);
  const shell = await caches.open(SHELL);
  // Files of an older page are not asked for again.
  for (const old of await shell.keys()) await shell.delete(old);
  await Promise.all(named.map(async (name) => shell.put(name, await fetch(name, { cache: "force-cache" }))));
}

worker.addEventListener("install", (event) => {
  worker.skipWaiting();
  event.waitUntil(keepFirst().catch(() => undefined));
});

worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== worker.location.origin) return;
  if (isData(url)) event.respondWith(fresh(event));
  else if (isShell(url)) event.respondWith(unchanging(event.request));
});
