/* global atob, btoa, CustomEvent, document, File, structuredClone, window */
/* eslint @typescript-eslint/no-unused-vars: off -- the double calls one or the other */
/*
 * Run in every page before its own scripts, in two worlds of the same document. The worlds share the document
 * but no objects, as in Electron: what crosses goes through synchronous DOM events and is cloned on the way.
 * Placeholders: PRELOAD_SOURCE is the text of the bundle.
 */

/** The isolated world: a sandboxed preload with what Electron gives it. */
function preloadWorld(source, callName) {
  const handlers = new Map();
  const waiting = new Map();
  let lastId = 0;

  const ipcRenderer = {
    invoke: (channel, ...args) =>
      new Promise((resolve, reject) => {
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        globalThis[callName](encode({ id: lastId, channel, args }));
      }),
    on: (channel, listener) => {
      handlers.set(channel, [...(handlers.get(channel) ?? []), listener]);
      return ipcRenderer;
    },
  };
  // Called by the double.
  globalThis.__settle = (text) => {
    const { id, value, error } = decode(text);
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) resolve(value);
    else reject(new Error(error));
  };
  globalThis.__deliver = (channel, text) => {
    for (const listener of handlers.get(channel) ?? []) listener({ sender: ipcRenderer }, decode(text));
  };
  globalThis.__paths = {};

  const webUtils = {
    getPathForFile: (file) => {
      if (!(file instanceof File)) throw new TypeError("Failed to execute 'getPathForFile': not a File");
      return globalThis.__paths[file.name] ?? '';
    },
  };

  const functions = [];
  const describe = (value) => {
    if (typeof value === 'function') return { kind: 'function', index: functions.push(value) - 1 };
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
      return {
        kind: 'object',
        members: Object.fromEntries(Object.entries(value).map(([k, v]) => [k, describe(v)])),
      };
    }
    return { kind: 'value', value: structuredClone(value) };
  };
  const contextBridge = {
    exposeInMainWorld: (key, api) => {
      document.dispatchEvent(new CustomEvent('double:expose', { detail: { key, api: describe(api) } }));
    },
  };
  const crossing = (value) => (typeof value === 'function' ? describe(value) : { kind: 'value', value });
  document.addEventListener('double:call', ({ detail }) => {
    const { index, call, args } = detail;
    const given = args.map((arg) =>
      arg.kind === 'callback'
        ? (...values) =>
            document.dispatchEvent(
              new CustomEvent('double:callback', { detail: { id: arg.id, values: structuredClone(values) } }),
            )
        : arg.value,
    );
    const answer = (result) =>
      document.dispatchEvent(new CustomEvent('double:answer', { detail: { call, ...result } }));
    try {
      const result = functions[index](...given);
      if (!(result instanceof Promise)) return answer({ result: crossing(result) });
      answer({ result: { kind: 'promise' } });
      result.then(
        (value) => answer({ settled: true, result: crossing(value) }),
        (error) => answer({ settled: true, error: error.message }),
      );
    } catch (error) {
      answer({ error: error.message });
    }
  });

  const allowed = {
    electron: { contextBridge, ipcRenderer, webUtils },
    events: undefined,
    timers: undefined,
    url: undefined,
  };
  const require = (name) => {
    if (!Object.hasOwn(allowed, name)) throw new Error(`module not found: ${name}`);
    return allowed[name];
  };
  new Function('require', 'module', 'exports', source)(require, { exports: {} }, {});

  function encode(value) {
    return JSON.stringify(value, (_, v) =>
      v instanceof Uint8Array ? { $bytes: btoa(Array.from(v, (b) => String.fromCharCode(b)).join('')) } : v,
    );
  }
  function decode(text) {
    return JSON.parse(text, (_, v) =>
      v && typeof v === 'object' && '$bytes' in v
        ? Uint8Array.from(atob(v.$bytes), (c) => c.charCodeAt(0))
        : v,
    );
  }
}

/** The page's own world: receives what the bridge exposes, frozen and made of its own objects. */
function mainWorld() {
  const callbacks = new Map();
  const calls = new Map();
  let lastId = 0;
  document.addEventListener('double:callback', ({ detail }) => callbacks.get(detail.id)?.(...detail.values));
  document.addEventListener('double:answer', ({ detail }) => {
    const call = calls.get(detail.call);
    if (!detail.settled) {
      call.first = detail;
      return;
    }
    calls.delete(detail.call);
    if (detail.error === undefined) call.resolve(build(detail.result));
    else call.reject(new Error(detail.error));
  });
  const build = (made) => {
    if (made.kind === 'value') return made.value;
    if (made.kind === 'object') {
      return Object.freeze(Object.fromEntries(Object.entries(made.members).map(([k, v]) => [k, build(v)])));
    }
    return Object.freeze((...args) => {
      lastId += 1;
      const call = lastId;
      const entry = {};
      const settled = new Promise((resolve, reject) => Object.assign(entry, { resolve, reject }));
      calls.set(call, entry);
      const sent = args.map((arg) => {
        if (typeof arg !== 'function') return { kind: 'value', value: structuredClone(arg) };
        lastId += 1;
        callbacks.set(lastId, arg);
        return { kind: 'callback', id: lastId };
      });
      document.dispatchEvent(
        new CustomEvent('double:call', { detail: { index: made.index, call, args: sent } }),
      );
      if (entry.first?.error !== undefined) throw new Error(entry.first.error);
      if (entry.first?.result.kind === 'promise') return settled;
      calls.delete(call);
      return build(entry.first.result);
    });
  };
  document.addEventListener('double:expose', ({ detail }) => {
    Object.defineProperty(window, detail.key, { value: build(detail.api), enumerable: true });
  });
}
