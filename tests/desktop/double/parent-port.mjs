/* global process, structuredClone */
/**
 * Loaded before the bundle of a utility process: such a process has `process.parentPort` and nothing of a child
 * process's own IPC.
 */
import { EventEmitter } from 'node:events';

const send = process.send.bind(process);
const emit = process.emit.bind(process);
const port = new EventEmitter();

port.postMessage = (message) => {
  send({ port: structuredClone(message) });
};
process.emit = (event, ...args) => {
  // The program's own adapter emits messages too; only those of the channel carry this key.
  if (event !== 'message' || !args[0] || !('port' in args[0])) return emit(event, ...args);
  return port.emit('message', { data: args[0].port, ports: [] });
};
process.parentPort = port;
// A program that relied on these would work here and fail in Electron.
delete process.send;
Object.defineProperty(process, 'connected', { value: undefined, configurable: true });
// Electron ends its utility processes together with the main process.
process.on('disconnect', () => process.exit(0));
