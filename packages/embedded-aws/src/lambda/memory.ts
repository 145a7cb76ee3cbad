import { readFileSync } from 'node:fs';

/**
 * The most memory that a process ever had in use, in MB, as Lambda's report shows it; `undefined` where the system does
 * not tell (anything but Linux) or the process is gone.
 */
export function peakMemoryMb(pid: number | undefined): number | undefined {
  if (pid === undefined || process.platform !== 'linux') return undefined;
  try {
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Math.ceil(Number(kilobytes) / 1024);
  } catch {
    return undefined;
  }
}

/** Looks, while something goes on, whether a process takes more memory than it may; calls back once. */
export function watchMemory(pid: number | undefined, limitMb: number, exceeded: () => void): () => void {
  const timer = setInterval(() => {
    if ((peakMemoryMb(pid) ?? 0) <= limitMb) return;
    clearInterval(timer);
    exceeded();
  }, lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}

const lookEveryMs = 100;
