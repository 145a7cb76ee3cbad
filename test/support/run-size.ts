/**
 * How many random cases a property test tries: `FUZZ_CASES` where somebody asks for more, a third of the usual number in
 * `npm run test:unit`, where what counts is an early answer.
 */
export const numberOfCases = (usual: number): number =>
  Number(process.env.FUZZ_CASES ?? (process.env.UNIT_TESTS ? Math.ceil(usual / 3) : usual));
