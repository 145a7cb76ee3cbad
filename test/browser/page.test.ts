import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderHtml } from '#lib/report/formats/html.ts';
import { type JsonReport, linesOfJson, reportAsJson } from '#lib/report/json.ts';
import { folder, run, sample } from '#test/cli/program.ts';
import { reportOf } from '#test/lib/report/fixtures.ts';
import { readReport } from '#test/support/report.ts';

const program = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);
// Without a browser nothing is known of the page: in CI that is a failure.
if (program === undefined && !process.env.CI) console.warn('no chromium: the page is not tested');

const assets = {
  script: readFileSync('dist/cli/page.js', 'utf8'),
  style: readFileSync('dist/cli/page-style.css', 'utf8'),
};
const attack = '</script><img src=x onerror="document.title=\'broken\'"><!--<script>\u2028=1+1';

/** Every text of the report as somebody could have written it; what the page switches by stays. */
function hostile(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((one) => hostile(one, key));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, hostile(one, name)]));
  const fixed =
    /^(id|kind|severity|status|startedAt|access|decision|evidence|effect|layer|action|arn|principalArn)$/;
  return typeof value === 'string' && !fixed.test(key) ? `${value}${attack}` : value;
}

describe.runIf(program !== undefined || process.env.CI)('the page in a browser', () => {
  let browser: Browser;
  let report: JsonReport;
  let path: string;

  beforeAll(async () => {
    const to = folder();
    path = join(to, 'report.html');
    const args = [
      'check',
      ...sample,
      '--format',
      `html=${path}`,
      '--format',
      `json=${join(to, 'report.json')}`,
    ];
    const { code, stderr } = await run(args);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    report = readReport(readFileSync(join(to, 'report.json'), 'utf8'));
    browser = await chromium.launch({ executablePath: program ?? 'chromium', args: ['--no-sandbox'] });
  }, 120_000);
  afterAll(() => browser?.close());

  /** Opens a file; everything that it asks for, and says on the console, is kept. */
  async function opened(file: string): Promise<{ page: Page; asked: string[]; said: string[] }> {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    const asked: string[] = [];
    const said: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(String(error)));
    await page.goto(pathToFileURL(file).href);
    await page.waitForSelector('table');
    return { page, asked, said };
  }
  const written = (value: JsonReport): string => {
    const file = join(folder(), 'page.html');
    writeFileSync(file, renderHtml(value, assets));
    return file;
  };

  test('shows summary and matrix, says nothing on the console, and asks nobody for anything', async () => {
    const { page, asked, said } = await opened(path);
    expect(await page.locator('h2').first().textContent()).toBe('Not everything is as expected.');
    expect(await page.locator('ol.findings li').count()).toBeGreaterThan(5);
    expect(await page.locator('thead th.action').count()).toBe(76);
    expect(await page.locator('td.excess').count()).toBeGreaterThan(0);
    // What a cell is about is written once somebody points at it.
    const cell = page.locator('td.excess').first();
    await cell.hover();
    expect(await cell.getAttribute('title')).toMatch(/^\w+: excess/);
    expect(asked).toEqual([pathToFileURL(path).href]);
    expect(said).toEqual([]);
    await page.close();
  });

  test('nothing can be fetched, and no other script can run', async () => {
    const { page } = await opened(path);
    const fetched = await page.evaluate(() =>
      fetch('https://example.com/').then(
        () => 'fetched',
        () => 'refused',
      ),
    );
    expect(fetched).toBe('refused');
    await page.evaluate(
      `{ const script = document.createElement('script'); script.textContent = 'document.title = "broken"'; document.body.append(script); }`,
    );
    expect(await page.title()).toBe('Amazon Rekognition permissions');
    await page.close();
  });

  test('search and filters leave those that are looked for', async () => {
    const { page } = await opened(path);
    const status = page.locator('[role=status]');
    const all = report.principals.length;
    expect(await status.textContent()).toContain(`${all} of ${all} principals`);
    await page.keyboard.press('/');
    await page.keyboard.type('returns-desk');
    expect(await status.textContent()).toContain(`1 of ${all} principals`);
    await page.locator('input[type=search]').fill('');
    await page.locator('select').first().selectOption('missing');
    const missing = new Set(
      report.findings.filter(({ kind }) => kind === 'missing').map((one) => one.principalArn),
    );
    expect(await status.textContent()).toContain(`${missing.size} of ${all} principals`);
    await page.close();
  });

  test('filters by who can become them, and by what changed since an earlier run', async () => {
    const [first, ...rest] = report.findings.filter(({ suppressed }) => suppressed === undefined);
    if (first === undefined) throw new Error('no finding');
    const known = { critical: 0, high: 0, medium: 0, low: 0 };
    const earlier = {
      runs: [{ startedAt: '2026-11-01T12:00:00.000Z', findings: known }],
      now: known,
      added: [first.id],
      gone: rest.slice(0, 1),
    };
    const { page, said } = await opened(written({ ...report, earlier }));
    const status = page.locator('[role=status]');
    expect(await page.locator('table.trend tbody tr').count()).toBe(2);
    expect(await page.locator('main').textContent()).toContain('Since 2026-11-01: 1 new findings, 1 gone');
    await page.getByLabel('only changes').check();
    expect(await status.textContent()).toContain(`1 of ${report.principals.length} principals`);
    await page.getByLabel('only changes').uncheck();
    await page.getByLabel('Reached by').selectOption('services');
    const services = report.principals.filter(({ reachedBy }) =>
      report.waysIn[reachedBy ?? -1]?.some(({ kind }) => kind === 'service' || kind === 'pod-identity'),
    );
    expect(services.length).toBeGreaterThan(0);
    expect(await status.textContent()).toContain(`${services.length} of`);
    expect(said).toEqual([]);
    await page.close();
  });

  test('a principal’s page tells what happened to it, the last first, or that nothing did', async () => {
    const [first, second] = report.principals;
    if (first === undefined || second === undefined) throw new Error('nobody');
    const at = '2026-11-27T12:03:00.000Z';
    const history = [
      {
        at: '2026-11-02T12:00:00.000Z',
        event: 'gone',
        finding: 'a',
        what: 'expected, not allowed: DetectText',
      },
      {
        at,
        after: '2026-11-27T11:00:00.000Z',
        event: 'access',
        what: `can also ${attack}`,
        causes: [attack],
      },
    ] as const;
    const known = { critical: 0, high: 0, medium: 0, low: 0 };
    const earlier = {
      runs: [{ startedAt: '2026-11-01T12:00:00.000Z', findings: known }],
      now: known,
      added: [],
      gone: [],
    };
    const principals = [{ ...first, history }, ...report.principals.slice(1)];
    const { page, said } = await opened(written({ ...report, earlier, principals }));
    await page.evaluate(`location.hash = '#/principal/0'`);
    const table = page.locator('table.history');
    await table.waitFor();
    expect(await table.locator('tbody tr').first().innerText()).toContain(
      '2026-11-27 12:03 (not yet 2026-11-27 11:00)',
    );
    expect(await table.locator('tbody tr').allInnerTexts()).toEqual([
      expect.stringContaining(attack.slice(0, 20)),
      expect.stringContaining('gone'),
    ]);
    await page.evaluate(`location.hash = '#/principal/1'`);
    await page.locator('#principal', { hasText: second.subject }).waitFor();
    await page.getByText('No change is known since 2026-11-01 12:00').waitFor();
    expect(await page.locator('table.history').count()).toBe(0);
    expect(await page.title()).toBe('Amazon Rekognition permissions');
    expect(said).toEqual([]);
    await page.close();
  });

  test('a principal’s page shows its ways in, the evidence by source, and the statement in its document', async () => {
    const place = report.principals.findIndex(({ subject }) => subject === 'role/returns-desk');
    const { page, said } = await opened(path);
    await page.evaluate(`location.hash = '#/principal/${place}'`);
    await page.waitForSelector('article');
    const { reachedBy = -1 } = report.principals[place] ?? {};
    expect(await page.locator('article dl').textContent()).toContain(report.reach[reachedBy]);
    const graph = page.locator('svg.graph');
    for (const { who, through = [] } of report.waysIn[reachedBy] ?? [])
      for (const name of [who, ...through]) expect(await graph.textContent()).toContain(name);
    await page.locator('summary', { hasText: 'Shown by' }).first().click();
    expect(await page.locator('table.evidence').first().innerText()).toMatch(/evaluated\s+allowed/);
    const marked = (await page.locator('.document .wrong mark').allInnerTexts()).join('\n');
    expect(marked).toContain('"Sid": "FromTheDesk"');
    expect(marked).not.toContain('DetectFaces');
    const number = await page.locator('.document .line.wrong .number').first().innerText();
    const statement = report.statements.find(({ sid }) => sid === 'FromTheDesk');
    expect(number).toBe(String(statement?.line));
    expect(said).toEqual([]);
    await page.close();
  });

  test('a principal has its page, reached and left by the keyboard', async () => {
    const { page, said } = await opened(path);
    const finding = report.findings.find(({ kind, remedies }) => kind === 'excess' && remedies.length > 0);
    const place = report.principals.findIndex(({ arn }) => arn === finding?.principalArn);
    await page.locator(`ol.findings a[href="#/principal/${place}"]`).first().focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('article');
    expect(await page.evaluate('document.activeElement.id')).toBe('principal');
    const text = (await page.locator('article').textContent()) ?? '';
    expect(text).toContain(finding?.principalArn ?? '-');
    expect(text).toContain(finding?.remedies[0] ?? '-');
    expect(await page.locator('table.access tbody tr').count()).toBeGreaterThan(0);
    await page.goBack();
    await page.waitForSelector('.scroll');
    expect(said).toEqual([]);
    await page.close();
  });

  test('what others wrote is text', async () => {
    // What was made so keeps its shape: the counts and the places are those of the report.
    const { page, asked, said } = await opened(written(hostile(report) as JsonReport));
    const places = report.principals.map((_, place) => place).slice(0, 8);
    for (const place of places) {
      await page.evaluate(`location.hash = '#/principal/${place}'`);
      await page.waitForSelector('article');
      const heading = page.locator('h2').first();
      await expect
        .poll(async () => (await heading.textContent())?.startsWith(report.principals[place]?.subject ?? '?'))
        .toBe(true);
    }
    expect(await page.title()).toBe('Amazon Rekognition permissions');
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(2);
    expect(asked).toHaveLength(1);
    expect(said).toEqual([]);
    await page.close();
  });

  test.each(['light', 'dark'] as const)(
    'axe finds nothing serious, %s',
    async (colorScheme) => {
      const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
      for (const hash of ['', '#/principal/0', '#/principal/5']) {
        const { page } = await opened(path);
        await page.emulateMedia({ colorScheme });
        await page.evaluate(`location.hash = '${hash}'`);
        await page.waitForTimeout(100);
        await page.evaluate(axe);
        const found = await page.evaluate(async () => {
          const run: unknown = Reflect.get(globalThis, 'axe');
          const { violations } = await (
            run as {
              run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>;
            }
          ).run();
          return violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
        });
        expect(found).toEqual([]);
        await page.close();
      }
    },
    90_000,
  );

  test('5,000 principals with a history each: under 10 MB, and only what is seen is drawn', async () => {
    const [model] = report.principals.filter(({ status }) => status === 'findings');
    const principals = Array.from({ length: 5000 }, (_, at) => ({
      ...(model ?? report.principals[0]),
      subject: `role/worker-${at}`,
      arn: `arn:aws:iam::123456789012:role/worker-${at}`,
      // All of them different, so that none is grouped away.
      expected: `set-${at}`,
      history: Array.from({ length: 20 }, (_, line) => ({
        at: new Date(Date.UTC(2026, 0, 1, 0, at, line)).toISOString(),
        event: 'access',
        what: `can also do what is number ${at * 20 + line}`,
        causes: [`attached policy-${at % 500} to role/worker-${at}, by person-${line}`],
      })),
    })) as JsonReport['principals'];
    const [finding] = report.findings;
    const findings = principals.flatMap(({ arn, subject }, at) =>
      finding ? [{ ...finding, principalArn: arn, subject, id: at.toString(16).padStart(16, '0') }] : [],
    );
    const html = renderHtml({ ...report, principals, findings }, assets);
    expect(html.length).toBeLessThan(10_000_000);
    const file = join(folder(), 'large.html');
    writeFileSync(file, html);
    const before = performance.now();
    const { page, said } = await opened(file);
    const seconds = (performance.now() - before) / 1000;
    expect(await page.locator('.scroll tbody tr').count()).toBeLessThan(100);
    // A step of the wheel brings the rows that come, and draws none of those that stay anew.
    const touched = await page.evaluate(`(async () => {
      const box = document.querySelector('.scroll');
      const frames = async () => {
        for (let index = 0; index < 3; index += 1) await new Promise((done) => requestAnimationFrame(done));
      };
      box.scrollTop = 26 * 100;
      await frames();
      const counts = { come: 0, gone: 0 };
      const rowsOf = (nodes) => [...nodes].filter(({ nodeName }) => nodeName === 'TR').length;
      const observer = new MutationObserver((records) => {
        for (const { addedNodes, removedNodes } of records) {
          counts.come += rowsOf(addedNodes);
          counts.gone += rowsOf(removedNodes);
        }
      });
      observer.observe(box, { subtree: true, childList: true });
      box.scrollTop += 26 * 4;
      await frames();
      observer.disconnect();
      return counts;
    })()`);
    expect(touched).toEqual({ come: 4, gone: 4 });
    await page.locator('.scroll').evaluate((box) => {
      box.scrollTop = box.scrollHeight;
    });
    await page.locator('.scroll', { hasText: 'role/worker-4999' }).waitFor();
    // What happened to one is read when somebody looks at it.
    await page.evaluate(`location.hash = '#/principal/4321'`);
    await page.locator('table.history', { hasText: `what is number ${4321 * 20 + 19}` }).waitFor();
    expect(await page.locator('table.history tbody tr').count()).toBe(20);
    expect(said).toEqual([]);
    // Generous: the machine may be busy.
    expect(seconds).toBeLessThan(20);
    await page.close();
  }, 90_000);

  test('an empty report says so', async () => {
    const empty = reportAsJson(reportOf([], { principals: [] }));
    expect(linesOfJson(empty)).not.toContain('"access"');
    const { page, said } = await opened(written(empty));
    expect(await page.locator('[role=status]').textContent()).toContain('0 of 0 principals');
    expect(said).toEqual([]);
    await page.close();
  });
});
