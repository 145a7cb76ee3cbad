import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Timers, waitUntil } from '../src/timers.ts';

let timers: Timers;
let ran: string[];
const note = (what: string) => () => ran.push(what);

beforeEach(() => {
  vi.useFakeTimers();
  timers = new Timers();
  ran = [];
});
afterEach(() => vi.useRealTimers());

it('runs what is due, in order, as time passes', () => {
  timers.after(200, note('later'));
  timers.after(100, note('sooner'));
  timers.after(0, note('now'));
  vi.advanceTimersByTime(0);
  expect(ran).toEqual(['now']);
  vi.advanceTimersByTime(150);
  expect(ran).toEqual(['now', 'sooner']);
  vi.advanceTimersByTime(50);
  expect(ran).toEqual(['now', 'sooner', 'later']);
});

it('skips to what is due next, but not for what is in the background', () => {
  timers.after(10_000, note('background'), true);
  timers.after(60_000, note('minute'));
  timers.after(3_600_000, note('hour'));
  const start = timers.now();
  timers.skip();
  expect(ran).toEqual(['background', 'minute']);
  expect(timers.now() - start).toBe(60_000);
  timers.skip();
  expect(timers.pending).toBe(false);
  timers.after(5_000, note('alone'), true);
  timers.skip();
  expect(ran).toEqual(['background', 'minute', 'hour']);
});

it('comes earlier for what had been set before a skip', () => {
  timers.after(60_000, note('minute'));
  timers.after(61_000, note('a second later'));
  timers.skip();
  vi.advanceTimersByTime(999);
  expect(ran).toEqual(['minute']);
  vi.advanceTimersByTime(1);
  expect(ran).toEqual(['minute', 'a second later']);
});

it('cancels, also from within', () => {
  const cancel = timers.after(100, note('never'));
  timers.after(50, cancel);
  timers.after(100, note('yes'));
  vi.advanceTimersByTime(100);
  expect(ran).toEqual(['yes']);
  timers.after(10, note('stopped'));
  timers.stop();
  vi.advanceTimersByTime(100);
  expect(ran).toEqual(['yes']);
});

it('waits for longer than setTimeout can', () => {
  timers.after(40 * 86_400_000, note('forty days'));
  vi.advanceTimersByTime(30 * 86_400_000);
  expect(ran).toEqual([]);
  vi.advanceTimersByTime(10 * 86_400_000);
  expect(ran).toEqual(['forty days']);
});

it('waits until a moment or until woken', async () => {
  let wake = () => {};
  const listen = (callback: () => void) => {
    wake = callback;
    return note('unlistened');
  };
  const woken = waitUntil(timers, timers.now() + 1_000, listen);
  wake();
  await woken;
  const timedOut = waitUntil(timers, timers.now() + 1_000, listen);
  vi.advanceTimersByTime(1_000);
  await timedOut;
  expect(ran).toEqual(['unlistened', 'unlistened']);
});
