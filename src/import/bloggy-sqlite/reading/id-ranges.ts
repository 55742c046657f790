/** A set of whole numbers, added in rising order; as small as the gaps between them are few. */
export class IdRanges {
  #starts: number[] = []
  #ends: number[] = []
  size = 0

  add(id: number): void {
    const last = this.#ends.length - 1
    if (last >= 0 && id <= this.#ends[last]!) throw new Error(`${id} was added after ${this.#ends[last]}.`)
    this.size++
    if (last >= 0 && this.#ends[last] === id - 1) this.#ends[last] = id
    else {
      this.#starts.push(id)
      this.#ends.push(id)
    }
  }

  has(id: number): boolean {
    let low = 0
    let high = this.#starts.length - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      if (id < this.#starts[middle]!) high = middle - 1
      else if (id > this.#ends[middle]!) low = middle + 1
      else return true
    }
    return false
  }
}
