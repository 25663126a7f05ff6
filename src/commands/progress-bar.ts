// The progress bar of a sweep on a terminal, below the lines of the log.

const width = 30;
const redrawMs = 100;
const eraseLine = '\r\u001b[K';

/** A bar in the last line of a terminal. */
export interface ProgressBar {
  /** Draws the bar until the returned function is called, which erases it. */
  draw: (progress: () => { finished: number; configured: number }) => () => void;
  /** Writes a text above the bar. */
  writeAbove: (text: string) => void;
}

/** @param write to the terminal */
export function createProgressBar(write: (text: string) => void): ProgressBar {
  let line = '';
  return {
    draw(progress) {
      const redraw = () => {
        const { finished, configured } = progress();
        const filled = configured === 0 ? width : Math.floor((finished / configured) * width);
        line = `${eraseLine}[${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ${finished}/${configured} checks`;
        write(line);
      };
      redraw();
      const timer = setInterval(redraw, redrawMs);
      return () => {
        clearInterval(timer);
        if (line !== '') write(eraseLine);
        line = '';
      };
    },
    writeAbove: (text) => write(line === '' ? text : `${eraseLine}${text}${line}`),
  };
}
