# Prints what renv or packrat reads out of each lock file of the command line: its packages'
# names, versions, sources and what is required, then a line of dashes.
said <- function(fields) cat(vapply(fields, function(x) if (length(x)) x[[1]] else "", ""), sep = "\t")
for (path in commandArgs(TRUE)) {
  if (basename(path) == "renv.lock") {
    packages <- renv::lockfile_read(path)$Packages
    for (key in names(packages)) {
      record <- packages[[key]]
      source <- renv:::renv_record_source(record, normalize = TRUE)
      said(list(if (is.null(record$Package)) key else record$Package, record$Version, source))
      cat("\n")
    }
  } else {
    for (record in packrat:::readLockFile(path)$packages) {
      said(list(record$name, record$version, tolower(record$source)))
      cat("\t", sort(vapply(record$depends, function(x) x$name, "")), "\n", sep = " ")
    }
  }
  cat("--\n")
}
