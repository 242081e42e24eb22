// Runs once in every fresh context, before any code of a person does. Afterwards nothing that two
// runs share can be changed, and there is no clock and no randomness but what a run is given.
(() => {
  "use strict";

  for (const name of [
    "Atomics", "FinalizationRegistry", "SharedArrayBuffer", "WeakRef", "performance",
  ]) {
    delete globalThis[name];
  }

  const { apply, construct, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } =
    Reflect;
  const parse = JSON.parse;
  const stringify = JSON.stringify;
  const text = String;
  const NewPromise = Promise;
  const mostCharacters = 262144;
  const mostLines = 50;
  const longestLine = 500;
  const current = { now: 0, random: 1, run: null, lines: [] };

  // The moment of the evaluation is the only one there is.
  const RealDate = Date;
  function GivenDate(...parts) {
    if (new.target === undefined) return new RealDate(current.now).toString();
    return construct(RealDate, parts.length === 0 ? [current.now] : parts, new.target);
  }
  defineProperty(GivenDate, "name", { value: "Date" });
  defineProperty(GivenDate, "length", { value: 7 });
  GivenDate.prototype = RealDate.prototype;
  GivenDate.parse = RealDate.parse;
  GivenDate.UTC = RealDate.UTC;
  GivenDate.now = function now() {
    return current.now;
  };
  defineProperty(RealDate.prototype, "constructor", { value: GivenDate });
  defineProperty(globalThis, "Date", { value: GivenDate });

  // mulberry32: enough to spread a sample, and the same for the same event.
  const imul = Math.imul;
  Math.random = function random() {
    current.random = (current.random + 0x6d2b79f5) | 0;
    let mixed = imul(current.random ^ (current.random >>> 15), 1 | current.random);
    mixed = (mixed + imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };

  const AsyncFunction = (async () => {}).constructor;
  const asyncGenerator = async function* () {};
  const roots = [
    globalThis,
    AsyncFunction,
    getPrototypeOf(function* () {}),
    getPrototypeOf(asyncGenerator),
    getPrototypeOf([][Symbol.iterator]()),
    getPrototypeOf(new Map()[Symbol.iterator]()),
    getPrototypeOf(new Set()[Symbol.iterator]()),
    getPrototypeOf(""[Symbol.iterator]()),
    getPrototypeOf("".matchAll(/./g)),
    getPrototypeOf(asyncGenerator.prototype),
    getPrototypeOf(Int8Array),
  ];

  // An own property of an object may not be assigned where a frozen prototype has one of the same
  // name. Ordinary code does that with these, so they become accessors that allow it.
  const overridable = [
    [Object.prototype, ["constructor", "hasOwnProperty", "toString", "valueOf", "toLocaleString"]],
    [Function.prototype, ["name", "toString"]],
    [Error.prototype, ["message", "name", "toString"]],
    [Array.prototype, ["toString"]],
  ];
  const allowOverride = (object, key) => {
    const { value, configurable } = getOwnPropertyDescriptor(object, key) ?? {};
    if (!configurable) return;
    defineProperty(object, key, {
      configurable: false,
      enumerable: false,
      get: () => value,
      set(assigned) {
        if (this === object) throw new TypeError(`${key} is read-only`);
        defineProperty(this, key, {
          value: assigned, writable: true, enumerable: true, configurable: true,
        });
      },
    });
  };
  for (const [object, keys] of overridable) keys.forEach((key) => allowOverride(object, key));

  const seen = new Set();
  const freeze = Object.freeze;
  const freezeAll = (start) => {
    const waiting = [start];
    while (waiting.length > 0) {
      const item = waiting.pop();
      if (item === null || (typeof item !== "object" && typeof item !== "function")) continue;
      if (seen.has(item)) continue;
      seen.add(item);
      waiting.push(getPrototypeOf(item));
      for (const key of ownKeys(item)) {
        const property = getOwnPropertyDescriptor(item, key);
        waiting.push(property.value, property.get, property.set);
      }
      freeze(item);
    }
  };

  const defined = new Map();
  const get = Map.prototype.get;
  const set = Map.prototype.set;
  const then = Promise.prototype.then;

  const told = (error) => {
    if (error instanceof Error) {
      return { message: `${text(error.name)}: ${text(error.message)}`, stack: text(error.stack) };
    }
    return { message: text(error), stack: "" };
  };

  const safelyTold = (error) => {
    try {
      return told(error);
    } catch {
      return { message: "The code threw something that cannot be told.", stack: "" };
    }
  };

  const logger = (lines) => {
    const at = (level) => (...parts) => {
      const words = parts.map((part) => (typeof part === "string" ? part : stringify(part)));
      if (lines.length < mostLines) lines.push([level, words.join(" ").slice(0, longestLine)]);
    };
    return {
      log: at("log"), debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"),
    };
  };

  // Where a browser has it, for code that was written there.
  const levels = ["log", "debug", "info", "warn", "error"];
  const ofConsole = (level) => [level, (...parts) => logger(current.lines)[level](...parts)];
  defineProperty(globalThis, "console", { value: Object.fromEntries(levels.map(ofConsole)) });

  const define = (key, code) => {
    apply(set, defined, [
      key, new AsyncFunction("arc", "utils", "getDataElementValue", `"use strict";${code}`),
    ]);
  };

  const begin = (key, given) => {
    const { arc, now, seed, settings, extensionSettings, event } = parse(given);
    const run = { state: "pending", value: null, error: null, lines: [], asked: [], waiting: [] };
    current.now = now;
    current.random = seed;
    current.run = run;
    current.lines = run.lines;
    const utils = {
      logger: logger(run.lines),
      settings,
      event,
      getSettings: () => settings,
      getExtensionSettings: () => extensionSettings,
    };
    const element = (name) =>
      new NewPromise((resolve, reject) => {
        run.asked.push([run.waiting.length, text(name)]);
        run.waiting.push([resolve, reject]);
      });
    apply(then, apply(get, defined, [key])(arc, utils, element), [
      (value) => {
        run.state = "done";
        run.value = value;
      },
      (error) => {
        run.state = "failed";
        run.error = error;
      },
    ]);
  };

  const answer = (number, given) => {
    const [resolve, reject] = current.run.waiting[number];
    const { value, error } = parse(given);
    if (error) reject(new Error(error));
    else resolve(value);
  };

  // What came of the run; where it waits for data elements, their numbers and names.
  const end = () => {
    const { state, value, error, lines, asked } = current.run;
    if (state === "pending" && asked.length > 0) {
      return stringify({ state: "asks", asked: asked.splice(0) });
    }
    current.run = null;
    if (state === "pending") return stringify({ state, lines });
    if (state === "failed") return stringify({ state, ...safelyTold(error), lines });
    try {
      const written = stringify(value) ?? "null";
      if (written.length > mostCharacters) throw new Error("The value is too large.");
      return `{"state":"done","value":${written},"lines":${stringify(lines)}}`;
    } catch (fault) {
      return stringify({ state: "failed", ...safelyTold(fault), lines });
    }
  };

  const doors = { __proto__: null, define, begin, answer, end };
  roots.forEach(freezeAll);
  return (door, ...given) => doors[door](...given);
})();
