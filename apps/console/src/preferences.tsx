import { useEffect } from 'react';
import { type Language, language, setLanguage, useTexts } from './locale/language.ts';
import { useStore } from './ui/create-store.ts';
import { setTheme, THEMES, type Theme, theme } from './ui/theme.ts';

/** The choice of theme and language, kept in this browser. */
export function Preferences() {
  const texts = useTexts();
  const chosenLanguage = useStore(language);
  const chosenTheme = useStore(theme);
  useEffect(() => {
    document.documentElement.lang = chosenLanguage;
  }, [chosenLanguage]);
  return (
    <>
      <select
        aria-label={texts.settings.theme}
        value={chosenTheme}
        onChange={(event) => setTheme(event.currentTarget.value as Theme)}
      >
        {THEMES.map((name) => (
          <option key={name} value={name}>
            {texts.settings.themes[name]}
          </option>
        ))}
      </select>
      <select
        aria-label={texts.settings.language}
        value={chosenLanguage}
        onChange={(event) => setLanguage(event.currentTarget.value as Language)}
      >
        <option value="ru">Русский</option>
        <option value="en">English</option>
      </select>
    </>
  );
}
