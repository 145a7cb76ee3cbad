import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';
import { functionBundle } from '../../scripts/function-bundle.mjs';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** `check-now`, `sweep` …: each file of handlers/ is a function. */
export const handlerNames = readdirSync(join(root, 'handlers'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();

/** What went into the bundle of one function: path from the project's root → bytes that are left of it. */
export type BundleInputs = ReadonlyMap<string, number>;

/** Bundles every function as the build does, from the sources as they are now, and answers what went in. */
export async function bundleInputs(): Promise<ReadonlyMap<string, BundleInputs>> {
  const bundles = await Promise.all(
    handlerNames.map(async (name) => {
      const { metafile } = await build({
        ...functionBundle,
        entryPoints: [{ in: join('handlers', `${name}.ts`), out: 'index' }],
        outdir: '.',
        write: false,
      });
      return [name, inputsOf(metafile)] as const;
    }),
  );
  return new Map(bundles);
}

function inputsOf(metafile: Metafile | undefined): BundleInputs {
  const outputs = Object.values(metafile?.outputs ?? {});
  const inputs = outputs.flatMap((output) => Object.entries(output.inputs));
  return new Map(inputs.map(([path, { bytesInOutput }]) => [path, bytesInOutput]));
}

/** The SDK commands that a bundle can send: `iam:SimulatePrincipalPolicy`. */
export function commandsOf(inputs: BundleInputs): string[] {
  const command = /@aws-sdk\/client-([\w-]+)\/dist-es\/commands\/(\w+)Command\.js$/;
  return [...inputs].flatMap(([path, bytes]) => {
    const [, client, name] = command.exec(path) ?? [];
    return bytes > 0 && name !== undefined ? [`${client}:${name}`] : [];
  });
}
