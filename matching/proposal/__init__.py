"""A model for tables nobody described (免配置匹配): columns recognised by content, comparisons and blocking proposed."""
