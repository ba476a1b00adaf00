// The state of the streak at this very instant, from the facts in the page; and the few things that can be done here.
"use strict";

/**
 * What the record says of its days; `Facts` of facts.py has the meaning of each part.
 * @typedef {object} Facts
 * @property {string | null} data_as_of
 * @property {string | null} timezone
 * @property {number} utc_offset_minutes
 * @property {number} minimum_km
 * @property {"km" | "mi"} units
 * @property {string | null} first_day
 * @property {(number | null)[]} km
 * @property {number} [carried]
 */
/**
 * How the streak stands; days are counted since 1970.
 * @typedef {object} Standing
 * @property {number} today
 * @property {"done_today" | "at_risk" | "broken" | "unknown"} state
 * @property {number} days
 * @property {number} asOf
 * @property {number} neededKm
 * @property {number} secondsLeft
 */

const DAY_MS = 86_400_000;
const KM_OF = { km: 1, mi: 1.60934 };
const LATE_AFTER_MS = 26 * 3_600_000;
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const WEEKDAYS = "Sun Mon Tue Wed Thu Fri Sat".split(" ");

/** @param {string} text such as 2026-11-27 */
function dayNumber(text) {
  return Date.parse(`${text}T00:00:00Z`) / DAY_MS;
}

/** @param {number} day */
function dayText(day) {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** The offset of the runner's clock from UTC at an instant, in ms. @param {Facts} facts @param {number} instant */
function offsetAt(facts, instant) {
  if (!facts.timezone) return facts.utc_offset_minutes * 60_000;
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: facts.timezone, hourCycle: "h23", era: "short",
    year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
  }).formatToParts(instant);
  /** @param {string} type */
  const part = (type) => Number(parts.find((one) => one.type === type)?.value);
  const local = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return local - Math.floor(instant / 1000) * 1000;
}

/** The instant at which a day begins for the runner. @param {Facts} facts @param {number} day */
function beginningOf(facts, day) {
  const local = day * DAY_MS;
  const before = offsetAt(facts, local - DAY_MS);
  const after = offsetAt(facts, local + DAY_MS);
  const fitting = [before, after].filter((offset) => offsetAt(facts, local - offset) === offset);
  // A midnight that the clock skips is where it jumps; one that comes twice is the first of the two.
  return fitting.length ? Math.min(...fitting.map((offset) => local - offset)) : local - before;
}

/** @param {Facts} facts @param {number} day */
function kmOn(facts, day) {
  return facts.first_day === null ? null : (facts.km[day - dayNumber(facts.first_day)] ?? null);
}

/** @param {Facts} facts @param {number} day */
function isRunDay(facts, day) {
  const km = kmOn(facts, day);
  return km !== null && km >= facts.minimum_km - 1e-9;
}

/** The runner's day; a run dated a day ahead means that it has begun for them. @param {Facts} facts @param {number} instant */
function dayAt(facts, instant) {
  const day = Math.floor((instant + offsetAt(facts, instant)) / DAY_MS);
  return kmOn(facts, day + 1) !== null ? day + 1 : day;
}

/** Run days in a row up to a day. @param {Facts} facts @param {number} last */
function countBack(facts, last) {
  let days = 0;
  while (isRunDay(facts, last - days)) days += 1;
  const reachesBack = facts.first_day !== null && last - days === dayNumber(facts.first_day) - 1;
  return reachesBack ? days + (facts.carried ?? 0) : days;
}

/** How the streak stands: the same rule as find_standing of standing.py. @param {Facts} facts @param {number} now @returns {Standing} */
function findStanding(facts, now) {
  const today = dayAt(facts, now);
  const ranToday = isRunDay(facts, today);
  const seen = facts.data_as_of === null ? null : Date.parse(facts.data_as_of);
  const stoodOn = seen !== null && Math.floor((seen + offsetAt(facts, seen)) / DAY_MS) < today ? dayAt(facts, seen) : null;
  /** @type {Standing["state"]} */
  let state = "broken";
  let asOf = today;
  let last = ranToday ? today : today - 1;
  if (ranToday) {
    state = "done_today";
  } else if (isRunDay(facts, today - 1)) {
    state = "at_risk";
  } else if (stoodOn !== null) {
    state = "unknown";
    asOf = stoodOn;
    last = isRunDay(facts, stoodOn) ? stoodOn : stoodOn - 1;
  }
  const needsMore = state !== "done_today" && facts.minimum_km > 0;
  return {
    today, state, asOf,
    days: countBack(facts, last),
    neededKm: needsMore ? Math.max(0, facts.minimum_km - (kmOn(facts, today) ?? 0)) : 0,
    secondsLeft: Math.max(0, Math.trunc((beginningOf(facts, today + 1) - now) / 1000)),
  };
}

// -- words: those of words.py ----------------------------------------------------------------------------------------

/** @param {number} number @param {number} decimals */
function grouped(number, decimals = 0) {
  const [whole, rest] = number.toFixed(decimals).split(".");
  return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (rest ? `.${rest}` : "");
}

/** @param {number} km @param {Facts["units"]} units */
function shortNumber(km, units) {
  return grouped(Math.floor((km / KM_OF[units]) * 10 + 0.5) / 10, 1);
}

/** @param {number} km @param {Facts["units"]} units */
function upwards(km, units) {
  return `${(Math.ceil((km / KM_OF[units]) * 100 - 1e-6) / 100).toFixed(2)} ${units}`;
}

/** @param {number} day */
function shortDay(day) {
  const date = new Date(day * DAY_MS);
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

/** @param {number} seconds */
function timeLeft(seconds) {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours ? `${hours} h ${String(minutes).padStart(2, "0")} min` : `${minutes} min`;
}

/** @param {Standing} standing @param {Facts} facts */
function stateWord(standing, facts) {
  const words = { done_today: "Done today", at_risk: "Not yet today", broken: "Broken", unknown: "Not known" };
  return facts.km.length ? words[standing.state] : "No run yet";
}

/** @param {Standing} standing @param {Facts} facts */
function stateLine(standing, facts) {
  const { units } = facts;
  const enough = facts.minimum_km ? `${upwards(facts.minimum_km, units)} or more` : "any run";
  if (!facts.km.length) return `${enough} begins a streak`;
  switch (standing.state) {
    case "done_today":
      return `${shortNumber(kmOn(facts, standing.today) ?? 0, units)} ${units} · safe until tomorrow`;
    case "at_risk": {
      const needed = standing.neededKm ? upwards(standing.neededKm, units) : enough;
      return `${needed} by midnight · ${timeLeft(standing.secondsLeft)} left`;
    }
    case "unknown":
      return `${grouped(standing.days)} ${standing.days === 1 ? "day" : "days"} as of ${shortDay(standing.asOf)}; later runs are not known yet`;
    default: {
      const yesterday = kmOn(facts, standing.today - 1);
      const had = yesterday === null ? "no run" : `${shortNumber(yesterday, units)} ${units}`;
      return `yesterday had ${had}; ${enough} begins a new streak`;
    }
  }
}

/** A day of the week in a cell. @param {number} day @param {number} today @param {Facts} facts */
function dayWord(day, today, facts) {
  const km = kmOn(facts, day);
  if (km !== null) return shortNumber(km, facts.units);
  const seen = facts.data_as_of === null ? null : Date.parse(facts.data_as_of);
  const isOpen = seen !== null && Math.floor((seen + offsetAt(facts, seen)) / DAY_MS) <= day;
  return day < today && isOpen ? "?" : "–";
}

/** @param {Facts} facts @param {number} today */
function freshnessLine(facts, today) {
  if (facts.data_as_of === null) return "no complete sync yet";
  const seen = Date.parse(facts.data_as_of);
  const local = seen + offsetAt(facts, seen);
  const day = Math.floor(local / DAY_MS);
  return `as Smashrun knew it${day === today ? "" : ` on ${shortDay(day)}`} at ${new Date(local).toISOString().slice(11, 16)}`;
}

// -- the page --------------------------------------------------------------------------------------------------------

/** @param {string} id */
function byId(id) {
  return document.getElementById(id);
}

/** @param {string} id @param {string} text */
function say(id, text) {
  const element = byId(id);
  if (element && element.textContent !== text) element.textContent = text;
}

/** The days of the week up to today, as cells. @param {Facts} facts @param {number} today */
function showWeek(facts, today) {
  document.querySelectorAll("#week li").forEach((cell, place) => {
    const day = today - 6 + place;
    const km = kmOn(facts, day);
    const text = dayText(day);
    cell.setAttribute("data-day", text);
    cell.classList.toggle("ran", isRunDay(facts, day));
    cell.classList.toggle("today", day === today);
    const link = cell.querySelector("a");
    if (!link) return;
    if (link.dataset.day !== text) {
      // A month without any run yet has no page.
      if (km === null) link.removeAttribute("href");
      else link.setAttribute("href", `page/${text.slice(0, 7)}.html#${text}`);
      link.dataset.day = text;
    }
    const [weekday, number] = link.children;
    weekday.textContent = WEEKDAYS[new Date(day * DAY_MS).getUTCDay()];
    number.textContent = dayWord(day, today, facts);
  });
}

/** @param {Facts} facts */
function showState(facts) {
  const streak = byId("streak");
  if (!streak) return;
  const now = Date.now();
  const standing = findStanding(facts, now);
  streak.dataset.days = String(standing.days);
  streak.dataset.state = standing.state;
  say("days", grouped(standing.days));
  say("days-word", standing.days === 1 ? "day" : "days");
  document.title = `${grouped(standing.days)} ${standing.days === 1 ? "day" : "days"} · MyRunStreak`;
  say("state-word", stateWord(standing, facts));
  say("state-line", stateLine(standing, facts));
  say("freshness", freshnessLine(facts, standing.today));
  // What speaks of a streak that has ended meanwhile.
  for (const id of ["since", "milestone"]) {
    const element = byId(id);
    if (element) element.hidden = !standing.days;
  }
  showWeek(facts, standing.today);
  const seen = facts.data_as_of === null ? 0 : Date.parse(facts.data_as_of);
  const old = byId("old");
  if (old) old.hidden = !seen || now - seen <= LATE_AFTER_MS;
}

/** The facts in the page, known up to the instant that its server put there. @returns {Facts | null} */
function readFacts() {
  const streak = byId("streak");
  if (!streak?.dataset.facts) return null;
  /** @type {Facts} */
  const facts = JSON.parse(streak.dataset.facts);
  const served = streak.dataset.asOf || null;
  const isLater = served !== null && (facts.data_as_of === null || Date.parse(served) > Date.parse(facts.data_as_of));
  return isLater ? { ...facts, data_as_of: served } : facts;
}

/** What was kept of the page when the network did not answer. */
function showSeen() {
  const seen = document.body.dataset.seen;
  const band = byId("seen");
  if (!seen || !band) return;
  const isHome = byId("streak") !== null;
  const moment = new Date(seen);
  const text = moment.toLocaleString("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  band.textContent = `No network: last seen ${text}.${isHome ? " The state is of now, from what was known then." : ""}`;
  band.hidden = false;
}

/** @param {string} path @param {object} [body] */
function post(path, body) {
  return fetch(path, {
    method: "POST", credentials: "same-origin", cache: "no-store",
    headers: { "Content-Type": "application/json" }, body: JSON.stringify(body ?? {}),
  });
}

/** @param {Response} answer */
async function reason(answer) {
  try {
    return String((await answer.json()).detail);
  } catch {
    return `The answer was ${answer.status}.`;
  }
}

/** @param {number} ms */
function sleep(ms) {
  return new Promise((done) => setTimeout(done, ms));
}

/** Ask Smashrun now: start a sync, and show the page that it makes. */
async function askNow() {
  const button = /** @type {HTMLButtonElement | null} */ (byId("ask"));
  if (!button || button.disabled) return;
  button.disabled = true;
  say("asked", "Asking Smashrun …");
  try {
    const answer = await post("/refresh");
    if (!answer.ok) {
      say("asked", await reason(answer));
      return;
    }
    for (let waited = 0; waited < 60; waited += 1) {
      await sleep(waited < 5 ? 1000 : 2500);
      const progress = await fetch("/refresh", { credentials: "same-origin", cache: "no-store" });
      if (!progress.ok) continue;
      const { state, text } = await progress.json();
      if (state === "done") {
        location.reload();
        return;
      }
      if (state === "failed") {
        say("asked", text);
        return;
      }
    }
    say("asked", "Smashrun has not answered yet. The page shows what is known so far.");
  } catch {
    say("asked", "There is no network just now.");
  } finally {
    button.disabled = false;
  }
}

/** Sign in with a code: from the address that was scanned, or typed. @param {string} code */
async function signIn(code) {
  say("told", "Signing in …");
  try {
    const answer = await post("/session", { code });
    if (answer.ok) location.replace("/");
    else say("told", await reason(answer));
  } catch {
    say("told", "There is no network just now. Try again.");
  }
}

/** Sign out, and leave nothing on this phone. */
async function signOut() {
  try {
    await post("/session/end");
  } catch {
    say("asked", "There is no network: this phone forgets the page, but stays signed in at the other end.");
  }
  if ("caches" in window) await Promise.all((await caches.keys()).map((name) => caches.delete(name)));
  const workers = "serviceWorker" in navigator ? await navigator.serviceWorker.getRegistrations() : [];
  await Promise.all(workers.map((worker) => worker.unregister()));
  location.replace("/");
}

function keepForLater() {
  const worker = document.body.dataset.worker;
  if (!worker || !("serviceWorker" in navigator) || !location.protocol.startsWith("http")) return;
  const types = /** @type {any} */ (window).trustedTypes;
  const address = types
    ? types.createPolicy("worker", { createScriptURL: (/** @type {string} */ url) => url }).createScriptURL(worker)
    : worker;
  navigator.serviceWorker.register(address, { scope: "/", updateViaCache: "all" }).catch(() => {});
}

function begin() {
  const facts = readFacts();
  if (facts) {
    showState(facts);
    setInterval(() => showState(facts), 20_000);
    document.addEventListener("visibilitychange", () => showState(facts));
    keepForLater();
  }
  showSeen();
  document.body.classList.toggle("served", location.protocol.startsWith("http"));
  const access = document.body.dataset.access;
  document.querySelectorAll("[data-signed-in]").forEach((one) => one.toggleAttribute("hidden", access !== "session"));
  byId("ask")?.addEventListener("click", askNow);
  byId("sign-out")?.addEventListener("click", signOut);
  const form = byId("sign-in");
  form?.addEventListener("submit", (event) => {
    event.preventDefault();
    const field = /** @type {HTMLInputElement | null} */ (byId("code"));
    if (field?.value) signIn(field.value);
  });
  if (form && location.hash.length <= 1) {
    // A link from elsewhere brings no cookie along: this question does.
    fetch("/session", { credentials: "same-origin" }).then((answer) => answer.ok && location.replace("/"), () => {});
  }
  if (form && location.hash.length > 1) {
    const code = location.hash.slice(1);
    // The code works once: it does not stay in the address or the history.
    history.replaceState(null, "", location.pathname);
    signIn(code);
  }
}

if (typeof document !== "undefined") begin();
