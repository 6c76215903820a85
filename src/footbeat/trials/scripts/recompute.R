# Recompute the headline of this deposit in base R: Rscript recompute.R
# It reads placedays.csv and headline.dcf from its own folder and needs no package.

rows <- read.csv("placedays.csv", stringsAsFactors = FALSE)
stated <- read.dcf("headline.dcf")
rows <- rows[rows$mature == "True", ]
rows$y <- rows[[stated[1, "outcome"]]]
a <- rows$assigned
p <- rows$probability

ratio <- sum(((1 - p) * rows$y)[a == 1]) / sum((p * rows$y)[a == 0])
cat("ratio    ", ratio, "stated", stated[1, "ratio"], "\n")

cat("answer by", stated[1, "estimator"], "\n")

mechanism <- stated[1, "mechanism"]
if (is.finite(ratio) && grepl("^(daily|coin)", mechanism)) {
  draw <- paste(rows$phase, rows$day, rows$stratum)
  listed <- which(rows$y > 0)
  set.seed(1)
  redraw <- if (grepl("^coin", mechanism)) {
    function() as.numeric(runif(nrow(rows)) < p)
  } else {
    function() ave(a, draw, FUN = function(arms) arms[sample.int(length(arms))])
  }
  z <- function(arms, value) {
    untreated <- (rows$y / ifelse(a == 1, value, 1))[listed]
    deviation <- (arms[listed] - p[listed]) * untreated
    sum(deviation) / sqrt(sum(deviation^2))
  }
  draws <- replicate(2000, redraw())
  p_of <- function(value) {
    limit <- abs(z(a, value)) - 1e-9
    (1 + sum(apply(draws, 2, function(arms) abs(z(arms, value)) >= limit))) / (ncol(draws) + 1)
  }
  cat("p of 1   ", p_of(1), "stated", stated[1, "p"], "(2,000 draws here)\n")
  for (side in c("low", "high")) {
    bound <- suppressWarnings(as.numeric(stated[1, side]))
    if (!is.na(bound)) cat("p at", side, round(p_of(bound), 3), "must be about 0.05\n")
  }
}

# The second estimator: Poisson with an effect for every place and day.
kept <- rows[ave(rows$y, rows$hotspot_id, FUN = sum) > 0 & ave(rows$y, rows$day, FUN = sum) > 0, ]
if (length(unique(kept$assigned)) == 2 && all(tapply(kept$y, kept$assigned, sum) > 0)) {
  fit <- glm(y ~ assigned + factor(day) + factor(paste(phase, hotspot_id)),
             family = if (all(kept$y == round(kept$y))) poisson() else quasipoisson(), data = kept)
  cat("poisson-place-day", exp(coef(fit)["assigned"]), "stated", stated[1, "poisson"], "\n")
}
