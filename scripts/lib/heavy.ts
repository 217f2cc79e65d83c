/** Packages whose code a cold start or an instance's memory feels. */
export const HEAVY_PACKAGES: readonly string[] = [
  'mongoose',
  'openai',
  '@polar-sh/sdk',
  '@clerk/backend',
  'svix',
  'bcryptjs',
  'file-type',
  'libphonenumber-js',
  '@aws-sdk/client-s3',
  'google-auth-library',
  'gpt-tokenizer',
  'unpdf',
  'mammoth',
  'linkedom',
  'read-excel-file',
]

/** The heavy ones among the packages whose files, or which by their own names, these are. */
export function heavyAmong(modules: Iterable<string>): string[] {
  const all = [...modules]
  return HEAVY_PACKAGES.filter(name =>
    all.some(id => id === name || id.startsWith(`${name}/`) || id.includes(`/node_modules/${name}/`)),
  )
}
