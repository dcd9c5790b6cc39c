"""Articles for customers and agents: written once in each language, searched without accents, shown on a public page."""
