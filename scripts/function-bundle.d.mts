import type { BuildOptions } from 'esbuild';

/** How esbuild bundles a Lambda function. */
export const functionBundle: BuildOptions;
