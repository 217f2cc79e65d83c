const UNITS = ['B', 'KiB', 'MiB', 'GiB']

/** 1,536 as `1.5 KiB`. */
export function bytes(size) {
  const power = size < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(size) / 10))
  return `${(size / 1024 ** power).toLocaleString('en', { maximumFractionDigits: 1 })} ${UNITS[power]}`
}

/** The time of day of what is from today, else the date. */
export function when(time) {
  const date = new Date(time)
  const isToday = date.toDateString() === new Date().toDateString()
  return isToday
    ? date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
    : date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
}

/** A part of a whole as `42%`. */
export function percent(part) {
  return `${Math.round(part * 100)}%`
}

/** 1234 as `1,234`. */
export function number(value) {
  return value.toLocaleString('en')
}

/** A day as `9 January 2026`; what the server counts by the day it counts in UTC. */
export function day(time, timeZone) {
  return new Date(time).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone,
  })
}

/** A moment as `9 Jan 2026, 12:00`. */
export function moment(time) {
  return new Date(time).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })
}
