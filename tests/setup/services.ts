import { startServices } from '../../scripts/local/services.ts'

const running = await startServices({}, { origin: 'http://127.0.0.1:3000' })
const { clerk, polar, openai } = running
if (!clerk || !polar || !openai) throw new Error('tests run against stand-ins only')

/** This test file's stand-ins. */
export const services = { ...running, clerk, polar, openai }
export const closeServices = running.close
