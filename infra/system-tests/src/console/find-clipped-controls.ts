/** Runs in the page. Returns the controls of the header that are outside of the window, or narrower than their texts. */
export function findClippedControls(): string[] {
  const copy = document.createElement('select');
  const header = document.querySelector('header');
  const controls = [...(header?.querySelectorAll<HTMLElement>('a, button, select') ?? [])];
  if (controls.length === 0) return ['the header has no controls'];
  return controls.flatMap((control) => {
    const { left, right, top, bottom, width } = control.getBoundingClientRect();
    let isWhole = control.scrollWidth <= control.clientWidth + 1;
    if (control instanceof HTMLSelectElement) {
      // A `select` with the chosen option alone has the width of its text.
      copy.replaceChildren(new Option(control.selectedOptions[0]?.text));
      copy.style.cssText = 'flex: none; width: max-content; max-width: none';
      control.after(copy);
      isWhole = width >= copy.getBoundingClientRect().width;
      copy.remove();
    }
    const isInside = left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
    return isInside && isWhole ? [] : [control.textContent];
  });
}
