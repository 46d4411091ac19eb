"""From settings to engines that answer."""
