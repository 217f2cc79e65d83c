import { generateRsaKeys, type RsaKeys } from '../../scripts/local/clerk/index.ts'
import { startServices } from '../../scripts/local/services.ts'

/** To make a pair takes longer than many files do: those that a process runs share one. */
const kept = globalThis as { clerkKeys?: RsaKeys }
kept.clerkKeys ??= await generateRsaKeys()

const running = await startServices({}, { origin: 'http://127.0.0.1:3000', clerkKeys: kept.clerkKeys })
const { clerk, polar, openai } = running
if (!clerk || !polar || !openai) throw new Error('tests run against stand-ins only')

/** This test file's stand-ins. */
export const services = { ...running, clerk, polar, openai }
export const closeServices = running.close
