/**
 * Whether a further page of a list costs no more requests than the GETs that it may save. How many reads are still to
 * come is unknown, so what happened before decides.
 */
export class PageBudget {
  /** Reads that the list answered, less its pages: as many more pages cost nothing. */
  private saved = 0;
  /** Reads that were a GET each. */
  private gets = 0;

  countPage(): void {
    this.saved--;
  }

  countAnswer(): void {
    this.saved++;
  }

  countGet(): void {
    this.gets++;
  }

  allows(pagesLeft: number, waitingReads: number): boolean {
    return this.saved > 0 || pagesLeft <= waitingReads + this.gets;
  }
}
