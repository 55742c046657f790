// Loaded before everything else, it lets a process believe that it is another time: CLOCK_SHIFT_MS later or earlier.
const shift = Number(process.env.CLOCK_SHIFT_MS)
const Real = globalThis.Date

globalThis.Date = class Date extends Real {
  constructor(...given) {
    if (given.length === 0) super(Real.now() + shift)
    else super(...given)
  }

  static now() {
    return Real.now() + shift
  }
}
