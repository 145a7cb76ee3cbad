import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import * as z from 'zod';
import { EXAMPLE, hasRealInput, writeSyntheticAccount } from './synthetic-account.ts';

const program = fileURLToPath(new URL('../dist/cli/main.mjs', import.meta.url));
const HEAP = '--max-old-space-size=6000';
/** Of so many openings and scrolls the median: the machine has other things to do. */
const RUNS = 3;
const FRAMES = 120;
/** Groups that are opened, and windows scrolled by, before it is measured: enough rows for all frames. */
const TURNS = 250;

/**
 * What a report costs: the check with the page and the JSON, their sizes, and in Chromium how long until the page can be used,
 * and the frames while its matrix is scrolled. A machine without a graphics card draws by software: its frames are slower
 * than anybody's, so the time that the page's own script takes in each frame is told beside them.
 */
export async function benchPage(
  sizes: readonly (number | 'example')[] = ['example', 5_000, 20_000],
): Promise<void> {
  const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);
  if (!hasRealInput() || executablePath === undefined) {
    console.log('page: no real input for the synthetic account, or no chromium');
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const rows = [];
    for (const size of sizes)
      rows.push(
        await measured(size, folder, () => browser.newPage({ viewport: { width: 1400, height: 900 } })),
      );
    console.table(rows);
  } finally {
    await browser.close();
    await rm(folder, { recursive: true });
  }
}

async function measured(size: number | 'example', folder: string, open: () => Promise<Page>) {
  const account = size === 'example' ? EXAMPLE : join(folder, 'account.json');
  if (size !== 'example') await writeSyntheticAccount(account, size);
  const [html, json] = [join(folder, 'report.html'), join(folder, 'report.json')];
  const plain = seconds(['check', '--account-details', account, '--format', `json=${json}`]);
  const whole = seconds([
    'check',
    '--account-details',
    account,
    '--format',
    `json=${json}`,
    '--format',
    `html=${html}`,
  ]);
  const megabytes = async (path: string) => ((await stat(path)).size / 1e6).toFixed(1);
  const interactive: number[] = [];
  const scrolls: Scroll[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const page = await open();
    const begun = performance.now();
    await page.goto(pathToFileURL(html).href);
    await page.waitForSelector('tbody tr th');
    // Answers once the page has nothing else to do.
    await page.evaluate('new Promise((done) => setTimeout(done))');
    interactive.push(performance.now() - begun);
    scrolls.push(await scrolled(page));
    await page.close();
  }
  const best = scrolls.sort((a, b) => a.frame - b.frame)[Math.floor(RUNS / 2)];
  return {
    principals: size,
    'check s': plain.toFixed(1),
    'with page s': whole.toFixed(1),
    'json MB': await megabytes(json),
    'page MB': await megabytes(html),
    'interactive s': (median(interactive) / 1000).toFixed(2),
    rows: best?.rows,
    'frame ms': `${best?.frame.toFixed(1)} (${best?.slow.toFixed(1)})`,
    'script, style, layout, all ms': [best?.script, best?.style, best?.layout, best?.task]
      .map((one) => one?.toFixed(1))
      .join(', '),
  };
}

/** Of one frame, in milliseconds of the page's own thread. */
interface Scroll {
  readonly rows: number;
  /** From frame to frame: the median, and that which one in twenty exceeds. */
  readonly frame: number;
  readonly slow: number;
  readonly script: number;
  readonly style: number;
  readonly layout: number;
  /** All of it, drawing included. */
  readonly task: number;
}

/** Scrolls the matrix, its first groups open, by 120 pixels a frame, as a turned wheel does. */
async function scrolled(page: Page): Promise<Scroll> {
  await page.evaluate(`(async () => {
    const box = document.querySelector('.scroll');
    // Principals alike are one row until somebody opens it.
    for (let at = -1, turns = 0; at < box.scrollTop && turns < ${TURNS}; turns += 1) {
      // One click a turn, as the page knows of the last one only then.
      const closed = document.querySelector('.scroll [aria-expanded=false]');
      if (closed !== null) closed.click();
      else {
        at = box.scrollTop;
        box.scrollTop += box.clientHeight;
      }
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    }
    box.scrollTop = 0;
  })()`);
  const session = await page.context().newCDPSession(page);
  // Of the thread alone: others may use the machine meanwhile.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const spent = async (): Promise<Record<string, number>> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return Object.fromEntries(metrics.map(({ name, value }) => [name, 1000 * value]));
  };
  const before = await spent();
  const frames = z.object({ rows: z.number(), frames: z.array(z.number()) }).parse(
    await page.evaluate(`(async () => {
      const box = document.querySelector('.scroll');
      const frame = () => new Promise((done) => requestAnimationFrame(done));
      const frames = [];
      let before = await frame();
      for (let index = 0; index < ${FRAMES}; index += 1) {
        box.scrollTop += 120;
        const now = await frame();
        frames.push(now - before);
        before = now;
      }
      const rows = Number(document.querySelector('.scroll table').getAttribute('aria-rowcount')) - 2;
      return { rows, frames };
    })()`),
  );
  const after = await spent();
  const each = (name: string) => ((after[name] ?? 0) - (before[name] ?? 0)) / FRAMES;
  const sorted = frames.frames.toSorted((a, b) => a - b);
  return {
    rows: frames.rows,
    frame: median(sorted),
    slow: sorted[Math.floor(0.95 * sorted.length)] ?? 0,
    script: each('ScriptDuration'),
    style: each('RecalcStyleDuration'),
    layout: each('LayoutDuration'),
    task: each('TaskDuration'),
  };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Seconds of processor time of a check, whatever it has found. */
function seconds(args: readonly string[]): number {
  const { status, stderr } = spawnSync(
    'bash',
    ['-c', 'TIMEFORMAT="%U %S"; time "$@" >/dev/null', 'bash', process.execPath, HEAP, program, ...args],
    { encoding: 'utf8' },
  );
  if (status === null || status > 2) throw new Error(`${args.join(' ')}: ${status} ${stderr}`);
  const [user = 0, system = 0] = (stderr.trimEnd().split('\n').at(-1) ?? '').split(' ').map(Number);
  return user + system;
}
