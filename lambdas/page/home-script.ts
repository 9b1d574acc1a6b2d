/** The script of the start page: its buttons send requests that a link cannot, and say what came back. */
export const homeScript = `for (const button of document.querySelectorAll('button[data-path]')) {
  button.addEventListener('click', async () => {
    const { method, path, confirm: question } = button.dataset;
    const status = document.querySelector('[role=status]');
    if (question && !confirm(question)) return;
    button.disabled = true;
    status.textContent = 'One moment…';
    try {
      const response = await fetch(path, { method });
      const text = await response.text();
      const answer = text === '' ? {} : JSON.parse(text);
      if (answer.detail) {
        status.textContent = answer.detail + (answer.removeAccessAt ? ' ' + answer.removeAccessAt : '');
      } else {
        location.assign('/');
      }
    } catch {
      status.textContent = 'The site cannot be reached. Try again.';
    }
    button.disabled = false;
  });
}
`;
